"""Small experiments of which it is known how they have to end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn import datasets

Kind = Literal["noise", "signal", "healthy"]
Array = NDArray[Any]
Experiment = dict[str, Any]

R2 = 0.3
"""Share of the variance, or of the deviance of labels, that the best possible model explains (`signal`)."""

_BINARY_SLOPE, _MULTICLASS_SLOPE = 1.813, 1.336
"""With these slopes, the D2 of a logistic model is 0.3 for two classes and one standard normal input, and for
three classes with an input each; found by bisection on 400,000 rows."""


@dataclass(frozen=True)
class Case:
    """One experiment, for any seed.

    Attributes:
        write: draws the data, writes them (and a model of the user's own) into a folder, and returns the
            sections of the experiment that say something.
    """

    kind: Kind
    name: str
    write: Callable[[np.random.Generator, Path], Experiment]

    def experiment(self, seed: int, trials: int, folder: Path, *, ablation: bool = False) -> Experiment:
        """Write the data of a seed into a folder, and return the experiment as a user would hand it in."""
        sections = self.write(np.random.default_rng([seed, *self.name.encode()]), folder)
        training = {"epochs": 12, "batch_size": 32} | sections.pop("training", {})
        return {
            "name": f"{self.kind}-{self.name}-{seed}",
            "training": training,
            "search": {"trials": trials, "seed": seed},
            "ablation": ablation,
            **sections,
        }


def cases(kind: Kind) -> list[Case]:
    """All cases of a kind; a list of runs goes through them seed by seed."""
    return [Case(kind, name, write) for name, write in _CASES[kind].items()]


def table_of(folder: Path, X: Array, y: Array, *, series: bool = False) -> Experiment:
    """A CSV file with the columns x0, x1, ... and y, and the data section for it."""
    path = folder / "rows.csv"
    table = pd.DataFrame(X.reshape(len(y), -1)).add_prefix("x").assign(y=y)
    table.to_csv(path, index=False)
    data: Experiment = {"source": str(path), "target": "y"}
    if series:
        data |= {"window": {"length": 8}}
    return data


def series_of(folder: Path, values: Array) -> Experiment:
    """A CSV file with one column, whose windows predict the next value."""
    path = folder / "series.csv"
    pd.DataFrame({"y": values}).to_csv(path, index=False)
    return {"source": str(path), "target": "y", "features": ["y"], "window": {"length": 8}}


def dense(**settings: Any) -> Experiment:
    """The model section of a small dense network."""
    return {"template": "dense", "units": [16], "activation": "relu"} | settings


def recurrent(template: str = "lstm", **settings: Any) -> Experiment:
    """The model section of a small recurrent network."""
    return {"template": template, "units": [8]} | settings


def rate(learning_rate: float, name: str = "adam") -> Experiment:
    """The part of a training section that sets the learning rate."""
    return {"optimizer": {"name": name, "learning_rate": learning_rate}}


def _wide_weights() -> Experiment:
    return {"class_name": "RandomUniform", "config": {"minval": -5.0, "maxval": 5.0}}


def _shuffled(bunch: Any, generator: np.random.Generator) -> tuple[Array, Array]:
    """A real data set of scikit-learn's whose targets have changed places."""
    return bunch.data, generator.permutation(bunch.target)


# --- noise: nothing to learn -------------------------------------------------------------------------------


def _noise_dense(g: np.random.Generator, folder: Path) -> Experiment:
    return {"data": table_of(folder, g.normal(size=(400, 5)), g.normal(size=400)), "model": dense()}


def _noise_few_rows(g: np.random.Generator, folder: Path) -> Experiment:
    return {"data": table_of(folder, g.normal(size=(150, 8)), g.standard_t(3, size=150)), "model": dense()}


def _noise_unscaled(g: np.random.Generator, folder: Path) -> Experiment:
    X, y = g.normal(1000, 300, size=(400, 5)), g.normal(5000, 100, size=400)
    return {"data": table_of(folder, X, y), "model": dense()}


def _noise_windows(g: np.random.Generator, folder: Path) -> Experiment:
    return {"data": series_of(folder, g.normal(size=360)), "model": recurrent()}


def _noise_walk(g: np.random.Generator, folder: Path) -> Experiment:
    """Whether a random walk goes up next, from windows of its level."""
    steps = g.normal(size=361)
    data = table_of(folder, np.cumsum(steps)[:-1], (steps[1:] > 0).astype(int), series=True)
    return {"data": data | {"features": ["x0"]}, "model": recurrent("gru")}


def _noise_binary(g: np.random.Generator, folder: Path) -> Experiment:
    return {"data": table_of(folder, g.normal(size=(400, 5)), g.integers(0, 2, 400)), "model": dense()}


def _noise_multiclass(g: np.random.Generator, folder: Path) -> Experiment:
    labels = np.array(["a", "b", "c"])[g.integers(0, 3, 400)]
    return {"data": table_of(folder, g.normal(size=(400, 5)), labels), "model": dense()}


def _noise_diabetes(g: np.random.Generator, folder: Path) -> Experiment:
    return {"data": table_of(folder, *_shuffled(datasets.load_diabetes(), g)), "model": dense()}


def _noise_cancer(g: np.random.Generator, folder: Path) -> Experiment:
    return {"data": table_of(folder, *_shuffled(datasets.load_breast_cancer(), g)), "model": dense()}


def _noise_wine(g: np.random.Generator, folder: Path) -> Experiment:
    data = table_of(folder, *_shuffled(datasets.load_wine(), g))
    return {"task": "multiclass", "data": data, "model": dense()}


# --- signal: R2 of 0.3, and a baseline that is stuck --------------------------------------------------------


def _linear(g: np.random.Generator, rows: int = 1000) -> tuple[Array, Array]:
    X = g.normal(size=(rows, 4))
    signal = X @ np.array([1.0, -1.0, 0.5, 0.0]) / 1.5
    return X, np.sqrt(R2) * signal + np.sqrt(1 - R2) * g.normal(size=rows)


def _curved(g: np.random.Generator, rows: int = 1200) -> tuple[Array, Array]:
    X = g.normal(size=(rows, 3))
    signal = (X[:, 0] ** 2 - 1) / np.sqrt(2)
    return X, np.sqrt(R2) * signal + np.sqrt(1 - R2) * g.normal(size=rows)


def _labels(g: np.random.Generator, classes: int, rows: int = 1000) -> tuple[Array, Array]:
    """Labels of a logistic model whose D2 is 0.3."""
    X = g.normal(size=(rows, 4))
    if classes == 2:
        return X, (_BINARY_SLOPE * X[:, 0] + g.logistic(size=rows) > 0).astype(int)
    return X, (_MULTICLASS_SLOPE * X[:, :classes] + g.gumbel(size=(rows, classes))).argmax(axis=1)


def _autoregressive(g: np.random.Generator, rows: int = 1000) -> Array:
    """A series of which the next value's variance is explained to 0.3 by the last one."""
    values = np.zeros(rows + 50)
    for step in range(1, len(values)):
        values[step] = np.sqrt(R2) * values[step - 1] + np.sqrt(1 - R2) * g.normal()
    return values[50:]


def _signal_tiny_rate(g: np.random.Generator, folder: Path) -> Experiment:
    return {"data": table_of(folder, *_linear(g)), "model": dense(), "training": rate(1e-7)}


def _signal_unscaled(g: np.random.Generator, folder: Path) -> Experiment:
    X, y = _linear(g)
    scales, offsets = np.array([1000, 1, 0.01, 50]), np.array([5e4, 100, 3, -2000])
    return {"data": table_of(folder, X * scales + offsets, 300 * y + 2000), "model": dense()}


def _signal_huge_rate(g: np.random.Generator, folder: Path) -> Experiment:
    return {"data": table_of(folder, *_linear(g)), "model": dense(), "training": rate(10.0)}


def _signal_curved(g: np.random.Generator, folder: Path) -> Experiment:
    return {"data": table_of(folder, *_curved(g)), "model": dense(units=[16, 16]), "training": rate(1e-7)}


def _signal_wide_weights(g: np.random.Generator, folder: Path) -> Experiment:
    model = dense(units=[16, 16], activation="tanh", kernel_initializer=_wide_weights())
    return {"data": table_of(folder, *_linear(g)), "model": model, "training": rate(1e-4)}


def _signal_binary(g: np.random.Generator, folder: Path) -> Experiment:
    return {"data": table_of(folder, *_labels(g, 2)), "model": dense(), "training": rate(1e-7)}


def _signal_binary_unscaled(g: np.random.Generator, folder: Path) -> Experiment:
    X, y = _labels(g, 2)
    return {"data": table_of(folder, 500 * X + 1e5, y), "model": dense()}


def _signal_multiclass(g: np.random.Generator, folder: Path) -> Experiment:
    X, y = _labels(g, 3)
    labels = np.array(["a", "b", "c"])[y]
    return {"data": table_of(folder, X, labels), "model": dense(), "training": rate(10.0)}


def _signal_series(g: np.random.Generator, folder: Path) -> Experiment:
    return {"data": series_of(folder, _autoregressive(g)), "model": recurrent(), "training": rate(1e-7)}


def _signal_series_offset(g: np.random.Generator, folder: Path) -> Experiment:
    return {"data": series_of(folder, 1e4 + 50 * _autoregressive(g)), "model": recurrent("gru")}


# --- healthy: nothing to mend -------------------------------------------------------------------------------


def _sine(g: np.random.Generator) -> Array:
    return np.asarray(np.sin(np.arange(600) / 4) + 0.1 * g.normal(size=600))


def _standardised(bunch: Any) -> tuple[Array, Array]:
    return (bunch.data - bunch.data.mean(axis=0)) / np.maximum(bunch.data.std(axis=0), 1e-9), bunch.target


def _healthy_lstm(g: np.random.Generator, folder: Path) -> Experiment:
    training = {"epochs": 16, "batch_size": 16} | rate(0.01)
    return {"data": series_of(folder, _sine(g)), "model": recurrent(units=[16]), "training": training}


def _healthy_gru(g: np.random.Generator, folder: Path) -> Experiment:
    training = {"epochs": 16, "batch_size": 16} | rate(0.01)
    return {"data": series_of(folder, _sine(g)), "model": recurrent("gru", units=[16]), "training": training}


def _healthy_regression(g: np.random.Generator, folder: Path) -> Experiment:
    X = g.normal(size=(600, 4))
    y = X[:, 0] - X[:, 1] * X[:, 2] + 0.2 * g.normal(size=600)
    training = {"epochs": 60} | rate(0.01)
    return {"data": table_of(folder, X, y), "model": dense(units=[32, 32]), "training": training}


def _healthy_digits(g: np.random.Generator, folder: Path) -> Experiment:
    digits = datasets.load_digits()
    chosen = g.permutation(len(digits.target))[:900]
    path = folder / "digits.npz"
    np.savez(path, X=digits.images[chosen][..., np.newaxis] / 16.0, y=digits.target[chosen])
    training = {"epochs": 20} | rate(0.01)
    return {
        "task": "multiclass",
        "data": {"source": str(path), "split": {"by": "random"}},
        "model": dense(units=[32]),
        "training": training,
    }


def _healthy_wine(g: np.random.Generator, folder: Path) -> Experiment:
    X, y = _standardised(datasets.load_wine())
    order = g.permutation(len(y))
    training = {"epochs": 30, "batch_size": 16} | rate(0.01)
    data = table_of(folder, X[order], y[order])
    return {"task": "multiclass", "data": data, "model": dense(), "training": training}


_NORMALIZING_MODEL = """\
import keras
import numpy as np

X = np.loadtxt({path!r}, delimiter=",", skiprows=1)[:, :-1]


def build():
    normalization = keras.layers.Normalization(mean=X.mean(axis=0), variance=X.var(axis=0))
    model = keras.Sequential(
        [
            keras.Input((X.shape[1],)),
            normalization,
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy")
    return model
"""


def _healthy_normalizing(g: np.random.Generator, folder: Path) -> Experiment:
    """Breast cancer as it comes, and a model of the user's own that scales it by itself."""
    cancer = datasets.load_breast_cancer()
    order = g.permutation(len(cancer.target))
    data = table_of(folder, cancer.data[order], cancer.target[order])
    (folder / "model.py").write_text(_NORMALIZING_MODEL.format(path=data["source"]), encoding="utf-8")
    return {"data": data, "model": {"build": f"{folder / 'model.py'}:build"}, "training": {"epochs": 20}}


_CASES: dict[Kind, dict[str, Callable[[np.random.Generator, Path], Experiment]]] = {
    "noise": {
        "dense": _noise_dense,
        "few-rows": _noise_few_rows,
        "unscaled": _noise_unscaled,
        "lstm-windows": _noise_windows,
        "random-walk-up": _noise_walk,
        "binary": _noise_binary,
        "multiclass": _noise_multiclass,
        "shuffled-diabetes": _noise_diabetes,
        "shuffled-breast-cancer": _noise_cancer,
        "shuffled-wine": _noise_wine,
    },
    "signal": {
        "linear-tiny-rate": _signal_tiny_rate,
        "linear-unscaled": _signal_unscaled,
        "linear-huge-rate": _signal_huge_rate,
        "linear-wide-weights": _signal_wide_weights,
        "curved-tiny-rate": _signal_curved,
        "binary-tiny-rate": _signal_binary,
        "binary-unscaled": _signal_binary_unscaled,
        "multiclass-huge-rate": _signal_multiclass,
        "lstm-series-tiny-rate": _signal_series,
        "gru-series-offset": _signal_series_offset,
    },
    "healthy": {
        "lstm-sine": _healthy_lstm,
        "gru-sine": _healthy_gru,
        "dense-regression": _healthy_regression,
        "digits": _healthy_digits,
        "wine-standardised": _healthy_wine,
        "breast-cancer-normalization-layer": _healthy_normalizing,
    },
}
