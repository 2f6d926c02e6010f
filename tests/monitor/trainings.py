"""Small trainings that the monitor is tested with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

Data = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Training:
    """A model, compiled, and the data to fit it to."""

    build: Callable[[], keras.Model]
    data: Data
    epochs: int = 12

    def fit(self, callbacks: Sequence[keras.callbacks.Callback] = (), **arguments: Any) -> keras.Model:
        """The trained model; the same one for the same callbacks."""
        keras.utils.set_random_seed(3)
        model = self.build()
        X, y = self.data
        arguments = {"epochs": self.epochs, "batch_size": 16, "verbose": 0} | arguments
        model.fit(X, y, callbacks=list(callbacks), **arguments)
        return model


def sums(samples: int = 480) -> Data:
    """Windows of 6 steps and 2 features, and their sums; nine tenths of the variance can be learned."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(samples, 6, 2)).astype("float32")
    y = X.sum(axis=(1, 2), keepdims=True)[:, 0] / 3.5 + rng.normal(scale=0.3, size=(samples, 1))
    return X, y.astype("float32")


def classes(samples: int = 480) -> Data:
    """The same windows, and in which third their sum lies."""
    X, y = sums(samples)
    return X, np.digitize(y[:, 0], (-0.45, 0.45)).astype("int64")


def halves(samples: int = 480) -> Data:
    """The same windows, and whether their sum is positive."""
    X, y = sums(samples)
    return X, (y > 0).astype("float32")


def model_of(
    *layers: keras.layers.Layer, optimizer: Any = None, loss: Any = "mse", **compiled: Any
) -> keras.Model:
    """A chain over the windows, compiled; Adam at 0.01 unless another optimizer is given."""
    model = keras.Sequential([keras.layers.Input((6, 2)), *layers])
    model.compile(optimizer=optimizer or keras.optimizers.Adam(0.01), loss=loss, **compiled)
    return model


def dense(*, optimizer: Any = None, units: int = 1, loss: Any = "mse", **compiled: Any) -> keras.Model:
    """One hidden layer over the flattened windows, and an output without activation."""
    layers = keras.layers
    return model_of(
        layers.Flatten(),
        layers.Dense(16, "tanh", name="hidden"),
        layers.Dense(units, name="out"),
        optimizer=optimizer,
        loss=loss,
        **compiled,
    )
