"""The network of the case."""

import keras
from keras import layers


def build():
    model = keras.Sequential(
        [
            keras.Input((48, 1)),
            layers.SimpleRNN(
                24, activation="relu", recurrent_initializer=keras.initializers.Orthogonal(gain=1.8)
            ),
            layers.Dense(1),
        ]
    )
    model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
    return model
