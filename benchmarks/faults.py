"""Trainings with one fault planted, which a diagnosis has to find."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.cases import Array, Experiment, dense, rate, recurrent, series_of
from benchmarks.patients import Patient, arrays, built, labelled, rows, sequential, table, ups, waves


def _raw(X: Array) -> Array:
    """In raw units: prices, pressures and the like."""
    scales = np.array([3000.0, 1.0, 40.0, 900.0, 0.02])[: X.shape[-1]]
    return np.asarray(X * scales + np.array([20000.0, 100.0, -700.0, 5000.0, 3.0])[: X.shape[-1]])


def _wide(half: float) -> Experiment:
    return {"class_name": "RandomUniform", "config": {"minval": -half, "maxval": half}}


def _both(
    name: str,
    causes: tuple[str, ...],
    *,
    settings: Experiment | None = None,
    training: Experiment | None = None,
    change: Callable[[Array, Array], tuple[Array, Array]] = lambda X, y: (X, y),
    labels: bool = False,
) -> list[Patient]:
    """The same fault in a dense network on rows and in an LSTM on windows."""

    def on_rows(g: np.random.Generator, folder: Path) -> Experiment:
        data = table(folder, *change(*(labelled if labels else rows)(g)))
        model = dense(units=[32, 16], **(settings or {}))
        return {"data": data, "model": model, "training": dict(training or {})}

    def on_windows(g: np.random.Generator, folder: Path) -> Experiment:
        data = arrays(folder, *change(*(ups if labels else waves)(g)))
        model = recurrent("lstm", units=[16], **(settings or {}))
        return {"data": data, "model": model, "training": dict(training or {})}

    return [Patient(name, "dense", causes, on_rows), Patient(name, "lstm", causes, on_windows)]


def _with_gaps(X: Array, y: Array) -> tuple[Array, Array]:
    X = X.copy()
    X.reshape(-1)[5 :: X.size // 11] = np.nan
    return X, y


def _shuffled(X: Array, y: Array) -> tuple[Array, Array]:
    return X, np.random.default_rng(0).permutation(y)


def _rare_labels(level: Array, g: np.random.Generator) -> Array:
    """Labels of which one in a hundred is positive, likelier where the level is high."""
    odds = np.exp(1.2 * level - 5.2)
    return np.asarray(g.uniform(size=len(level)) < odds / (1 + odds)).astype(int)


def _rare_rows(g: np.random.Generator, folder: Path) -> Experiment:
    X = g.normal(size=(3000, 5))
    data = table(folder, X, _rare_labels(X[:, 0], g))
    return {"data": data, "model": dense(units=[32, 16]), "training": rate(0.001)}


def _rare_windows(g: np.random.Generator, folder: Path) -> Experiment:
    X, y = waves(g, samples=3000)
    model = recurrent("gru", units=[16])
    return {"data": arrays(folder, X, _rare_labels(1.4 * y, g)), "model": model}


def _wide_gru(g: np.random.Generator, folder: Path) -> Experiment:
    model = recurrent("gru", units=[16], kernel_initializer=_wide(50.0))
    return {"data": arrays(folder, *waves(g)), "model": model}


def _wide_dense(g: np.random.Generator, folder: Path) -> Experiment:
    model = dense(units=[32, 16], kernel_initializer=_wide(5.0))
    return {"data": table(folder, *rows(g)), "model": model}


def _sigmoid_stack(g: np.random.Generator, folder: Path) -> Experiment:
    model = dense(units=[32] * 10, activation="sigmoid")
    return {"data": table(folder, *rows(g)), "model": model, "training": rate(0.001)}


def _lstm_stack(g: np.random.Generator, folder: Path) -> Experiment:
    model = recurrent("lstm", units=[4] * 12)
    return {"data": arrays(folder, *waves(g)), "model": model, "training": rate(0.001)}


def _dead_relu(g: np.random.Generator, folder: Path) -> Experiment:
    layer = "layers.Dense(32, activation='relu', bias_initializer=keras.initializers.Constant(-30.0))"
    code = sequential(
        layer, "layers.Dense(1)", shape="(5,)", compiled="optimizer=keras.optimizers.Adam(0.001), loss='mse'"
    )
    return {"data": table(folder, *rows(g)), "model": built(folder, code)}


def _dead_relu_conv(g: np.random.Generator, folder: Path) -> Experiment:
    code = sequential(
        "layers.Conv1D(16, 3, activation='relu', bias_initializer=keras.initializers.Constant(-30.0))",
        "layers.GlobalAveragePooling1D()",
        "layers.Dense(1)",
        shape="(24, 2)",
        compiled="optimizer=keras.optimizers.Adam(0.001), loss='mse'",
    )
    return {"data": arrays(folder, *waves(g)), "model": built(folder, code)}


def _relu_lstm(g: np.random.Generator, folder: Path) -> Experiment:
    X, y = waves(g, steps=200)
    model = recurrent("lstm", units=[32, 32], activation="relu")
    return {"data": arrays(folder, 3 * X, y), "model": model}


def _relu_rnn(g: np.random.Generator, folder: Path) -> Experiment:
    """With the start that is advised for relu, but is too wide for a matrix that is applied 200 times."""
    model = recurrent("rnn", units=[32, 32], activation="relu", recurrent_initializer="he_normal")
    return {"data": arrays(folder, *waves(g, steps=200)), "model": model}


def _exploding_rnn(g: np.random.Generator, folder: Path) -> Experiment:
    code = sequential(
        "layers.SimpleRNN(16, activation='linear', "
        "recurrent_initializer=keras.initializers.Orthogonal(gain=1.5))",
        "layers.Dense(1)",
        shape="(60, 2)",
        compiled="optimizer=keras.optimizers.Adam(0.01), loss='mse'",
    )
    return {"data": arrays(folder, *waves(g, steps=60)), "model": built(folder, code)}


def _forgetful_rnn(g: np.random.Generator, folder: Path) -> Experiment:
    """What counts is the first of eighty steps."""
    X = g.normal(size=(1200, 80, 1))
    model = recurrent("rnn", units=[16])
    return {"data": arrays(folder, X, X[:, 0, 0]), "model": model, "training": rate(0.001)}


def _forgetful_lstm(g: np.random.Generator, folder: Path) -> Experiment:
    X = g.normal(size=(1200, 120, 1))
    return {
        "data": arrays(folder, X, X[:, 0, 0]),
        "model": recurrent("lstm", units=[16]),
        "training": rate(0.001),
    }


def _logits(g: np.random.Generator, folder: Path) -> Experiment:
    """Log loss of outputs that are no probabilities."""
    code = sequential(
        "layers.Dense(32, activation='relu')",
        "layers.Dense(1)",
        shape="(5,)",
        compiled="optimizer=keras.optimizers.Adam(0.01), loss='binary_crossentropy'",
    )
    return {"data": table(folder, *labelled(g)), "model": built(folder, code)}


def _logits_lstm(g: np.random.Generator, folder: Path) -> Experiment:
    code = sequential(
        "layers.LSTM(16)",
        "layers.Dense(1)",
        shape="(24, 2)",
        compiled="optimizer=keras.optimizers.Adam(0.01), loss='binary_crossentropy'",
    )
    return {"data": arrays(folder, *ups(g)), "model": built(folder, code)}


def _white_series(g: np.random.Generator, folder: Path) -> Experiment:
    return {"data": series_of(folder, g.normal(size=900)), "model": recurrent("gru", units=[16])}


def _one_pass(g: np.random.Generator, folder: Path) -> Experiment:
    training = {"epochs": 1, "batch_size": 64} | rate(2e-4)
    return {"data": table(folder, *rows(g)), "model": dense(units=[32]), "training": training}


def _clipped_to_nothing(g: np.random.Generator, folder: Path) -> Experiment:
    optimizer = "optimizer=keras.optimizers.SGD(0.1, clipvalue=1e-7), loss='mse'"
    code = sequential(
        "layers.Dense(32, activation='relu')", "layers.Dense(1)", shape="(5,)", compiled=optimizer
    )
    return {"data": table(folder, *rows(g)), "model": built(folder, code)}


_OUTPUT, _LOSS = ("output_cannot_reach_target",), ("loss_mismatch",)
_EXPLODES = ("exploding_gradient", "bad_initialization", "relu_in_recurrence")  # a linear one grows, too
_START, _RATE = ("bad_initialization",), ("learning_rate_out_of_range",)

FAULTS: tuple[Patient, ...] = (
    *_both("X in raw units", ("unscaled_features",), change=lambda X, y: (_raw(X), y)),
    *_both("y in raw units", ("unscaled_target",), change=lambda X, y: (X, 3000 * y + 50_000)),
    *_both("learning rate 1e-7", _RATE, training=rate(1e-7)),
    *_both("learning rate 10", _RATE, training=rate(10.0)),
    *_both("weights all zero", _START, settings={"kernel_initializer": "zeros"}),
    Patient("weights from -5 to 5", "dense", _START, _wide_dense),
    Patient("weights from -50 to 50", "gru", _START, _wide_gru),
    *_both("softmax on one unit", _OUTPUT, settings={"output_activation": "softmax"}, labels=True),
    *_both(
        "sigmoid on signed targets",
        _OUTPUT,
        settings={"output_activation": "sigmoid"},
        change=lambda X, y: (X, 3 * y),
    ),
    *_both(
        "relu on negative targets",
        _OUTPUT,
        settings={"output_activation": "relu"},
        change=lambda X, y: (X, -np.abs(y)),
    ),
    *_both("gaps in X", ("non_finite_data",), change=_with_gaps),
    Patient("one in a hundred", "dense", ("class_imbalance",), _rare_rows),
    Patient("one in a hundred", "gru", ("class_imbalance",), _rare_windows),
    *_both("y shuffled", ("no_signal",), change=_shuffled),
    Patient("ten sigmoid layers", "dense", ("too_deep",), _sigmoid_stack),
    Patient("twelve layers", "lstm", ("too_deep",), _lstm_stack),
    Patient("dead relu", "dense", ("dead_units",), _dead_relu),
    Patient("dead relu", "conv1d", ("dead_units",), _dead_relu_conv),
    Patient("relu inside", "lstm", ("relu_in_recurrence",), _relu_lstm),
    Patient("relu inside", "rnn", ("relu_in_recurrence",), _relu_rnn),
    Patient("exploding", "rnn", _EXPLODES, _exploding_rnn),
    Patient("long memory", "rnn", ("vanishing_through_time",), _forgetful_rnn),
    Patient("long memory", "lstm", ("vanishing_through_time",), _forgetful_lstm),
    Patient("logits taken for probabilities", "dense", _LOSS, _logits),
    Patient("logits taken for probabilities", "lstm", _LOSS, _logits_lstm),
    Patient("white noise", "gru", ("no_signal", "no_temporal_structure"), _white_series),
    Patient("one epoch", "dense", ("undertrained",), _one_pass),
    Patient("clipped to nothing", "dense", ("update_ratio",), _clipped_to_nothing),
)
"""One fault each, in a training that is healthy without it."""
