"""Trainings as someone would write them by hand, in plain Keras, NumPy and scikit-learn.

The reference for what a trial must compute: nothing of the package under test is imported here.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils.class_weight import compute_class_weight

from tests.training import own_models

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


def two_inputs_with_class_weights(
    train: tuple[Any, Any], validation: tuple[Any, Any], seed: int, epochs: int
) -> History:
    (X, y), (X_validation, y_validation) = train, validation
    labels = np.unique(y)
    weights = compute_class_weight("balanced", classes=labels, y=y[:, 0])
    keras.utils.set_random_seed(seed)
    model = own_models.two_inputs()
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy")
    history = model.fit(
        [X["series"], X["facts"]],
        y,
        validation_data=([X_validation["series"], X_validation["facts"]], y_validation),
        epochs=epochs,
        batch_size=16,
        class_weight=dict(zip(labels.tolist(), weights.tolist(), strict=True)),
        verbose=0,
    )
    result: History = history.history
    return result


def target_for_every_step(
    train: tuple[Any, Any], validation: tuple[Any, Any], seed: int, epochs: int
) -> History:
    y_scaler = MinMaxScaler().fit(train[1].reshape(-1, 2))
    (X, y), (X_validation, y_validation) = (
        (inputs, y_scaler.transform(targets.reshape(-1, 2)).reshape(targets.shape))
        for inputs, targets in (train, validation)
    )
    keras.utils.set_random_seed(seed)
    model = own_models.every_step()
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    return _fit(model, (X, y), (X_validation, y_validation), epochs)


def logits(train: tuple[Any, Any], validation: tuple[Any, Any], seed: int, epochs: int) -> History:
    keras.utils.set_random_seed(seed)
    model = own_models.one_logit()
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=loss)
    return _fit(model, train, validation, epochs)


def stateful(train: tuple[Any, Any], validation: tuple[Any, Any], seed: int, epochs: int) -> History:
    train, validation = ((X[: len(X) // 16 * 16], y[: len(X) // 16 * 16]) for X, y in (train, validation))
    keras.utils.set_random_seed(seed)
    model = own_models.stateful()
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    losses: History = {"loss": [], "val_loss": []}
    for _ in range(epochs):
        model.layers[0].reset_state()
        losses["loss"] += model.fit(*train, batch_size=16, shuffle=False, verbose=0).history["loss"]
        model.layers[0].reset_state()
        losses["val_loss"].append(model.evaluate(*validation, batch_size=16, verbose=0))
    return losses


def mixed_precision(train: tuple[Any, Any], validation: tuple[Any, Any], seed: int, epochs: int) -> History:
    keras.utils.set_random_seed(seed)
    model = own_models.mixed_precision()
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    return _fit(model, train, validation, epochs)


def subclassed(train: tuple[Any, Any], validation: tuple[Any, Any], seed: int, epochs: int) -> History:
    keras.utils.set_random_seed(seed)
    model = own_models.subclassed()
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    return _fit(model, train, validation, epochs)
