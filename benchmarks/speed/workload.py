"""What all tuners of the benchmark work on: one series, one model, one space, one skill.

The series is two tones and noise in the units of a power meter, about 500 give or take 300: a network that
gets the raw numbers does not get off the ground within its ten epochs, so that there is something to find.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

WINDOW = 24
WINDOWS = 1000
VALIDATION = 200
TEST = 100
EPOCHS = 10
BATCH_SIZE = 32
UNITS = 64

DEPTHS = [1, 2, 3]
SCALINGS = ["none", "minmax", "standard"]
INITIALIZERS = ["glorot_uniform", "he_normal", "orthogonal"]
CLIPNORMS = (0.1, 10.0)
LEARNING_RATES = (1e-5, 1e-1)

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Windows:
    """Samples `(n, 24, 1)` and the value after each, `(n, 1)`."""

    X: Array
    y: Array


def series() -> NDArray[np.float64]:
    """The values, oldest first."""
    count = WINDOWS + VALIDATION + TEST + WINDOW
    steps = np.arange(count)
    noise = np.random.default_rng(0).normal(0, 30, count)
    values: NDArray[np.float64] = 500 + 200 * np.sin(steps / 4) + 150 * np.sin(steps / 11.3 + 1) + noise
    return values


def splits() -> tuple[Windows, Windows]:
    """Training and validation windows, in the series' own units."""
    values = series()
    count = WINDOWS + VALIDATION
    X = np.lib.stride_tricks.sliding_window_view(values, WINDOW)[:count, :, None].astype("float32")
    y = values[WINDOW : WINDOW + count, None].astype("float32")
    return Windows(X[:WINDOWS], y[:WINDOWS]), Windows(X[WINDOWS:], y[WINDOWS:])


def scaler(kind: str, values: Array) -> tuple[float, float]:
    """Offset and scale of a scaling."""
    if kind == "minmax":
        return float(values.min()), float(np.ptp(values))
    if kind == "standard":
        return float(values.mean()), float(values.std())
    return 0.0, 1.0


def skill(y: Array, predicted: Array) -> float:
    """Share of the variance that is explained; -1 for predictions that are not numbers."""
    if not np.isfinite(predicted).all():
        return -1.0
    return float(1 - np.mean((y - predicted) ** 2) / np.var(y))


def build(choice: dict[str, Any], metrics: Sequence[Any] = ()) -> Any:
    """The compiled model of one choice of the space."""
    import keras

    model = keras.Sequential([keras.Input((WINDOW, 1))])
    for layer in range(choice["depth"]):
        last = layer == choice["depth"] - 1
        model.add(
            keras.layers.LSTM(UNITS, return_sequences=not last, kernel_initializer=choice["initializer"])
        )
        if choice["batch_normalization"]:
            model.add(keras.layers.BatchNormalization())
    model.add(keras.layers.Dense(1))
    optimizer = keras.optimizers.Adam(choice["learning_rate"], clipnorm=choice["clipnorm"])
    model.compile(optimizer=optimizer, loss="mse", metrics=list(metrics))
    return model


def fit(model: Any, choice: dict[str, Any], **arguments: Any) -> Any:
    """Scale, and train with the validation windows, as one would write it; the answer is what `fit` gives."""
    training, validation, _ = scaled_splits(choice)
    defaults = {"epochs": EPOCHS, "batch_size": BATCH_SIZE, "verbose": 0}
    return model.fit(*training, validation_data=validation, **defaults | arguments)


def judge(model: Any, choice: dict[str, Any]) -> float:
    """The skill on the validation windows, in the series' own units."""
    _, (X, _), (offset, scale) = scaled_splits(choice)
    return skill(splits()[1].y, model.predict(X, verbose=0) * scale + offset)


def scaled_splits(choice: dict[str, Any]) -> tuple[Any, Any, tuple[float, float]]:
    """Training and validation windows as X and y, and offset and scale of y."""
    train_windows, validation = splits()
    x_offset, x_scale = scaler(choice["scaling"], train_windows.X)
    y_offset, y_scale = scaler(choice["target_scaling"], train_windows.y)
    training_pair, validation_pair = (
        ((part.X - x_offset) / x_scale, (part.y - y_offset) / y_scale) for part in (train_windows, validation)
    )
    return training_pair, validation_pair, (y_offset, y_scale)


def experiment(data: str, *, trials: int, full: bool, workers: int | str = "auto") -> dict[str, Any]:
    """The same as an experiment of remedy; its baseline is the deepest model on raw data.

    Args:
        data: path of the series as a CSV file with the column `value`.
        trials: of the search.
        full: train every trial to its end, and do not look for causes first.
        workers: processes.
    """
    low, high = LEARNING_RATES
    total = WINDOWS + VALIDATION + TEST
    return {
        "name": "speed",
        "task": "regression",
        "data": {
            "source": data,
            "target": "value",
            "features": ["value"],
            "window": {"length": WINDOW, "horizon": 1},
            "split": {"validation": VALIDATION / total, "test": TEST / total, "by": "time"},
        },
        "model": {"template": "lstm", "units": [UNITS] * max(DEPTHS)},
        "training": {
            "optimizer": {"name": "adam", "learning_rate": 0.001},
            "loss": "mse",
            "epochs": EPOCHS,
            "batch_size": BATCH_SIZE,
        },
        "fixes": {
            "depth": {"low": min(DEPTHS), "high": max(DEPTHS) - 1},
            "kernel_initializer": INITIALIZERS[1:],
            "batch_normalization": True,
            "scaling": SCALINGS[1:],
            "target_scaling": SCALINGS[1:],
            "clipnorm": {"low": CLIPNORMS[0], "high": CLIPNORMS[1], "log": True},
            "learning_rate": {"low": low, "high": high, "log": True},
        },
        "diagnosis": not full,
        "search": {"trials": trials, "pruner": "none" if full else "auto", "workers": workers},
        "confirm": {"top": 1, "seeds": 2},
        "ablation": False,
    }
