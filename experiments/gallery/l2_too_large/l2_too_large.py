"""The network of the case."""

import keras
from keras import layers, regularizers


def build():
    model = keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(32, activation="relu", kernel_regularizer=regularizers.L2(1.0)),
            layers.Dense(10, activation="softmax", kernel_regularizer=regularizers.L2(1.0)),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy")
    return model
