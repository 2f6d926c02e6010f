"""Trainings as someone would write them by hand, in plain Keras, NumPy and scikit-learn.

The reference for what a trial must compute: nothing of the package under test is imported here.
"""

from __future__ import annotations

from typing import Any

import keras
from sklearn.preprocessing import MinMaxScaler

History = dict[str, list[float]]


def plain_lstm(train: tuple[Any, Any], validation: tuple[Any, Any], seed: int, epochs: int) -> History:
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [keras.Input(train[0].shape[1:]), keras.layers.LSTM(8), keras.layers.Dense(1)],
    )
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    return _fit(model, train, validation, epochs)


def minmax_and_batch_normalization(
    train: tuple[Any, Any], validation: tuple[Any, Any], seed: int, epochs: int
) -> History:
    (X, y), (X_validation, y_validation) = train, validation
    features = X.shape[-1]
    x_scaler = MinMaxScaler().fit(X.reshape(-1, features))
    y_scaler = MinMaxScaler().fit(y)
    scaled = [
        (x_scaler.transform(inputs.reshape(-1, features)).reshape(inputs.shape), y_scaler.transform(targets))
        for inputs, targets in ((X, y), (X_validation, y_validation))
    ]
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input(X.shape[1:]),
            keras.layers.LSTM(8, return_sequences=True),
            keras.layers.BatchNormalization(),
            keras.layers.LSTM(6),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(1),
        ]
    )
    model.compile(optimizer="adam", loss="mse")
    return _fit(model, scaled[0], scaled[1], epochs)


def xavier_orthogonal_and_plateau(
    train: tuple[Any, Any], validation: tuple[Any, Any], seed: int, epochs: int
) -> History:
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input(train[0].shape[1:]),
            keras.layers.GRU(8, kernel_initializer="glorot_uniform", recurrent_initializer="orthogonal"),
            keras.layers.Dense(1, kernel_initializer="glorot_uniform"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="mse")
    plateau = keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.1, patience=1, min_lr=1e-5)
    return _fit(model, train, validation, epochs, [plateau])


def clipnorm(train: tuple[Any, Any], validation: tuple[Any, Any], seed: int, epochs: int) -> History:
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input(train[0].shape[1:]),
            keras.layers.SimpleRNN(8, activation="relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(1),
        ]
    )
    model.compile(optimizer=keras.optimizers.SGD(0.05, clipnorm=0.1), loss="mae")
    return _fit(model, train, validation, epochs)


def _fit(
    model: keras.Model,
    train: tuple[Any, Any],
    validation: tuple[Any, Any],
    epochs: int,
    callbacks: Any = None,
) -> History:
    history = model.fit(
        *train, validation_data=validation, epochs=epochs, batch_size=16, callbacks=callbacks, verbose=0
    )
    result: History = history.history
    return result
