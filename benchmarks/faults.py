"""Healthy trainings, and the same with one fault planted, which a diagnosis has to find."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn import datasets

from benchmarks.cases import Array, Experiment, dense, rate, recurrent, series_of, table_of

Write = Callable[[np.random.Generator, Path], Experiment]

EXPERIMENTS = Path(__file__).parents[1] / "experiments"


@dataclass(frozen=True)
class Patient:
    """A training to diagnose.

    Attributes:
        name: of the fault, or of the healthy training.
        model: its kind.
        causes: symptoms of which one has to be found first; empty for a healthy training.
        write: draws the data, writes them into a folder, and returns the experiment without a name.
    """

    name: str
    model: str
    causes: tuple[str, ...]
    write: Write

    def experiment(self, seed: int, folder: Path) -> Experiment:
        """Write the data of a seed into a folder, and return the experiment as a user would hand it in."""
        generator = np.random.default_rng([seed, *f"{self.name} {self.model}".encode()])
        sections = self.write(generator, folder)
        optimizer = rate(0.01) if "template" in sections["model"] else {}  # else it brings its own
        training = {"epochs": 20, "batch_size": 32} | optimizer | sections.pop("training", {})
        name = re.sub(r"\W+", "-", f"{self.name}-{self.model}")
        return {"name": name, "training": training, "search": {"seed": seed}, **sections}


# --- data in which there is something to learn --------------------------------------------------------------


def _rows(g: np.random.Generator, rows: int = 1500) -> tuple[Array, Array]:
    X = g.normal(size=(rows, 5))
    return X, X[:, 0] + X[:, 1] * X[:, 2] + np.sin(2 * X[:, 3]) + 0.3 * g.normal(size=rows)


def _labelled(g: np.random.Generator, rows: int = 1500) -> tuple[Array, Array]:
    X, y = _rows(g, rows)
    return X, (y > 0.2).astype(int)


def _waves(g: np.random.Generator, samples: int = 1200, steps: int = 24) -> tuple[Array, Array]:
    """Windows of a noisy wave with two channels, and where the first one goes next."""
    phase, speed = g.uniform(0, 2 * np.pi, samples), g.uniform(0.2, 0.5, samples)
    angle = phase[:, np.newaxis] + speed[:, np.newaxis] * np.arange(steps + 1)
    X = np.stack([np.sin(angle[:, :-1]), np.cos(angle[:, :-1])], axis=-1)
    return X + 0.05 * g.normal(size=X.shape), np.sin(angle[:, -1])


def _ups(g: np.random.Generator, samples: int = 1200, steps: int = 24) -> tuple[Array, Array]:
    X, y = _waves(g, samples, steps)
    return X, (y > 0).astype(int)


def _arrays(folder: Path, X: Array, y: Array) -> Experiment:
    path = folder / "arrays.npz"
    np.savez(path, X=X, y=y)
    return {"source": str(path), "split": {"by": "random"}}


def _table(folder: Path, X: Array, y: Array) -> Experiment:
    return table_of(folder, X, y) | {"split": {"by": "random"}}


def _built(folder: Path, code: str) -> Experiment:
    """The model section for a function of the user's own."""
    path = folder / "model.py"
    path.write_text(f"import keras\nfrom keras import layers\n\n\ndef build():\n{code}", encoding="utf-8")
    return {"build": f"{path}:build"}


def _sequential(*layers: str, shape: str, compiled: str) -> str:
    lines = "".join(f"            {layer},\n" for layer in (f"keras.Input({shape})", *layers))
    return (
        f"    model = keras.Sequential(\n        [\n{lines}        ]\n    )\n"
        f"    model.compile({compiled})\n    return model\n"
    )


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

    def rows(g: np.random.Generator, folder: Path) -> Experiment:
        data = _table(folder, *change(*(_labelled if labels else _rows)(g)))
        model = dense(units=[32, 16], **(settings or {}))
        return {"data": data, "model": model, "training": dict(training or {})}

    def windows(g: np.random.Generator, folder: Path) -> Experiment:
        data = _arrays(folder, *change(*(_ups if labels else _waves)(g)))
        model = recurrent("lstm", units=[16], **(settings or {}))
        return {"data": data, "model": model, "training": dict(training or {})}

    return [Patient(name, "dense", causes, rows), Patient(name, "lstm", causes, windows)]


# --- faults -------------------------------------------------------------------------------------------------


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
    return {"data": _table(folder, X, _rare_labels(X[:, 0], g)), "model": dense(units=[32, 16])}


def _rare_windows(g: np.random.Generator, folder: Path) -> Experiment:
    X, y = _waves(g, samples=3000)
    model = recurrent("gru", units=[16])
    return {"data": _arrays(folder, X, _rare_labels(1.4 * y, g)), "model": model}


def _wide_gru(g: np.random.Generator, folder: Path) -> Experiment:
    model = recurrent("gru", units=[16], kernel_initializer=_wide(50.0))
    return {"data": _arrays(folder, *_waves(g)), "model": model}


def _wide_dense(g: np.random.Generator, folder: Path) -> Experiment:
    model = dense(units=[32, 16], kernel_initializer=_wide(5.0))
    return {"data": _table(folder, *_rows(g)), "model": model}


def _sigmoid_stack(g: np.random.Generator, folder: Path) -> Experiment:
    model = dense(units=[32] * 10, activation="sigmoid")
    return {"data": _table(folder, *_rows(g)), "model": model, "training": rate(0.001)}


def _lstm_stack(g: np.random.Generator, folder: Path) -> Experiment:
    model = recurrent("lstm", units=[4] * 8)
    return {"data": _arrays(folder, *_waves(g)), "model": model, "training": rate(0.001)}


def _dead_relu(g: np.random.Generator, folder: Path) -> Experiment:
    layer = "layers.Dense(32, activation='relu', bias_initializer=keras.initializers.Constant(-30.0))"
    code = _sequential(
        layer, "layers.Dense(1)", shape="(5,)", compiled="optimizer=keras.optimizers.Adam(0.001), loss='mse'"
    )
    return {"data": _table(folder, *_rows(g)), "model": _built(folder, code)}


def _dead_relu_conv(g: np.random.Generator, folder: Path) -> Experiment:
    code = _sequential(
        "layers.Conv1D(16, 3, activation='relu', bias_initializer=keras.initializers.Constant(-30.0))",
        "layers.GlobalAveragePooling1D()",
        "layers.Dense(1)",
        shape="(24, 2)",
        compiled="optimizer=keras.optimizers.Adam(0.001), loss='mse'",
    )
    return {"data": _arrays(folder, *_waves(g)), "model": _built(folder, code)}


def _relu_lstm(g: np.random.Generator, folder: Path) -> Experiment:
    X, y = _waves(g, steps=200)
    model = recurrent("lstm", units=[32, 32], activation="relu")
    return {"data": _arrays(folder, 3 * X, y), "model": model}


def _relu_rnn(g: np.random.Generator, folder: Path) -> Experiment:
    X, y = _waves(g, steps=200)
    model = recurrent("rnn", units=[32, 32], activation="relu")
    return {"data": _arrays(folder, 3 * X, y), "model": model, "training": rate(0.05)}


def _exploding_rnn(g: np.random.Generator, folder: Path) -> Experiment:
    code = _sequential(
        "layers.SimpleRNN(16, activation='linear', "
        "recurrent_initializer=keras.initializers.Orthogonal(gain=1.5))",
        "layers.Dense(1)",
        shape="(60, 2)",
        compiled="optimizer=keras.optimizers.Adam(0.01), loss='mse'",
    )
    return {"data": _arrays(folder, *_waves(g, steps=60)), "model": _built(folder, code)}


def _forgetful_rnn(g: np.random.Generator, folder: Path) -> Experiment:
    """What counts is the first of eighty steps."""
    X = g.normal(size=(1200, 80, 1))
    model = recurrent("rnn", units=[16])
    return {"data": _arrays(folder, X, X[:, 0, 0]), "model": model, "training": rate(0.001)}


def _forgetful_lstm(g: np.random.Generator, folder: Path) -> Experiment:
    X = g.normal(size=(1200, 120, 1))
    return {
        "data": _arrays(folder, X, X[:, 0, 0]),
        "model": recurrent("lstm", units=[16]),
        "training": rate(0.001),
    }


def _logits(g: np.random.Generator, folder: Path) -> Experiment:
    """Log loss of outputs that are no probabilities."""
    code = _sequential(
        "layers.Dense(32, activation='relu')",
        "layers.Dense(1)",
        shape="(5,)",
        compiled="optimizer=keras.optimizers.Adam(0.01), loss='binary_crossentropy'",
    )
    return {"data": _table(folder, *_labelled(g)), "model": _built(folder, code)}


def _logits_lstm(g: np.random.Generator, folder: Path) -> Experiment:
    code = _sequential(
        "layers.LSTM(16)",
        "layers.Dense(1)",
        shape="(24, 2)",
        compiled="optimizer=keras.optimizers.Adam(0.01), loss='binary_crossentropy'",
    )
    return {"data": _arrays(folder, *_ups(g)), "model": _built(folder, code)}


def _white_series(g: np.random.Generator, folder: Path) -> Experiment:
    return {"data": series_of(folder, g.normal(size=900)), "model": recurrent("gru", units=[16])}


def _one_pass(g: np.random.Generator, folder: Path) -> Experiment:
    training = {"epochs": 1, "batch_size": 64} | rate(2e-4)
    return {"data": _table(folder, *_rows(g)), "model": dense(units=[32]), "training": training}


def _clipped_to_nothing(g: np.random.Generator, folder: Path) -> Experiment:
    optimizer = "optimizer=keras.optimizers.SGD(0.1, clipvalue=1e-7), loss='mse'"
    code = _sequential(
        "layers.Dense(32, activation='relu')", "layers.Dense(1)", shape="(5,)", compiled=optimizer
    )
    return {"data": _table(folder, *_rows(g)), "model": _built(folder, code)}


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
    Patient("eight layers", "lstm", ("too_deep",), _lstm_stack),
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


# --- healthy trainings --------------------------------------------------------------------------------------


def _standardised(bunch: Any, g: np.random.Generator) -> tuple[Array, Array]:
    X = (bunch.data - bunch.data.mean(axis=0)) / np.maximum(bunch.data.std(axis=0), 1e-9)
    order = g.permutation(len(X))
    return X[order], bunch.target[order]


def _diabetes(g: np.random.Generator, folder: Path) -> Experiment:
    X, y = _standardised(datasets.load_diabetes(), g)
    return {"data": _table(folder, X, (y - y.mean()) / y.std()), "model": dense(units=[16])}


def _bundled(bunch: Any) -> Write:
    def write(g: np.random.Generator, folder: Path) -> Experiment:
        X, y = _standardised(bunch, g)
        task = "binary" if len(np.unique(y)) == 2 else "multiclass"
        return {"task": task, "data": _table(folder, X, y), "model": dense(units=[32])}

    return write


def _digits(g: np.random.Generator, folder: Path) -> Experiment:
    digits = datasets.load_digits()
    order = g.permutation(len(digits.target))
    data = _arrays(folder, digits.images[order][..., np.newaxis] / 16.0, digits.target[order])
    code = _sequential(
        "layers.Conv2D(16, 3, activation='relu')",
        "layers.MaxPooling2D()",
        "layers.Flatten()",
        "layers.Dense(10, activation='softmax')",
        shape="(8, 8, 1)",
        compiled="optimizer=keras.optimizers.Adam(0.003), loss='sparse_categorical_crossentropy'",
    )
    return {"task": "multiclass", "data": data, "model": _built(folder, code)}


def _sunspots(g: np.random.Generator, folder: Path) -> Experiment:
    """The experiment's data, scaled."""
    del g
    (source,) = (EXPERIMENTS / "data").glob("sunspots*.csv")
    values = pd.read_csv(source, comment="#").iloc[:, -1].to_numpy(float)
    scaled = (values - values.min()) / (values.max() - values.min())
    model = recurrent("lstm", units=[32])
    return {"data": series_of(folder, scaled) | {"window": {"length": 22}}, "model": model}


def _healthy_rows(**settings: Any) -> Write:
    return lambda g, folder: {"data": _table(folder, *_rows(g)), "model": dense(**settings)}


def _healthy_waves(template: str, *, labels: bool = False, **settings: Any) -> Write:
    def write(g: np.random.Generator, folder: Path) -> Experiment:
        data = _arrays(folder, *(_ups if labels else _waves)(g))
        return {"data": data, "model": {"template": template} | settings}

    return write


HEALTHY: tuple[Patient, ...] = (
    Patient("rows", "dense", (), _healthy_rows(units=[32, 16])),
    Patient("rows, tanh", "dense", (), _healthy_rows(units=[32, 16], activation="tanh")),
    Patient("waves", "lstm", (), _healthy_waves("lstm", units=[16])),
    Patient("waves, two layers", "lstm", (), _healthy_waves("lstm", units=[16, 16])),
    Patient("waves", "gru", (), _healthy_waves("gru", units=[16])),
    Patient("waves", "rnn", (), _healthy_waves("rnn", units=[16])),
    Patient("waves", "conv1d", (), _healthy_waves("conv1d", units=[16])),
    Patient("ups and downs", "lstm", (), _healthy_waves("lstm", labels=True, units=[16])),
    Patient("ups and downs", "gru", (), _healthy_waves("gru", labels=True, units=[16])),
    Patient("diabetes", "dense", (), _diabetes),
    Patient("breast cancer", "dense", (), _bundled(datasets.load_breast_cancer())),
    Patient("wine", "dense", (), _bundled(datasets.load_wine())),
    Patient("iris", "dense", (), _bundled(datasets.load_iris())),
    Patient("digits", "conv2d", (), _digits),
    Patient("sunspots", "lstm", (), _sunspots),
)
"""Trainings that learn, without anything to complain about."""
