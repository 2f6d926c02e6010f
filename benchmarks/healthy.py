"""Healthy trainings, of which a diagnosis has nothing bad to say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn import datasets

from benchmarks.cases import Array, Experiment, dense, recurrent, series_of
from benchmarks.patients import Patient, Write, arrays, built, rows, sequential, table, ups, waves

EXPERIMENTS = Path(__file__).parents[1] / "experiments"


def _standardised(bunch: Any, g: np.random.Generator) -> tuple[Array, Array]:
    X = (bunch.data - bunch.data.mean(axis=0)) / np.maximum(bunch.data.std(axis=0), 1e-9)
    order = g.permutation(len(X))
    return X[order], bunch.target[order]


def _diabetes(g: np.random.Generator, folder: Path) -> Experiment:
    X, y = _standardised(datasets.load_diabetes(), g)
    return {"data": table(folder, X, (y - y.mean()) / y.std()), "model": dense(units=[16])}


def _bundled(bunch: Any) -> Write:
    def write(g: np.random.Generator, folder: Path) -> Experiment:
        X, y = _standardised(bunch, g)
        task = "binary" if len(np.unique(y)) == 2 else "multiclass"
        return {"task": task, "data": table(folder, X, y), "model": dense(units=[32])}

    return write


def _digits(g: np.random.Generator, folder: Path) -> Experiment:
    digits = datasets.load_digits()
    order = g.permutation(len(digits.target))
    data = arrays(folder, digits.images[order][..., np.newaxis] / 16.0, digits.target[order])
    code = sequential(
        "layers.Conv2D(16, 3, activation='relu')",
        "layers.MaxPooling2D()",
        "layers.Flatten()",
        "layers.Dense(10, activation='softmax')",
        shape="(8, 8, 1)",
        compiled="optimizer=keras.optimizers.Adam(0.003), loss='sparse_categorical_crossentropy'",
    )
    return {"task": "multiclass", "data": data, "model": built(folder, code)}


def _sunspots(g: np.random.Generator, folder: Path) -> Experiment:
    """The experiment's data, scaled."""
    del g
    (source,) = (EXPERIMENTS / "data").glob("sunspots*.csv")
    values = pd.read_csv(source, comment="#").iloc[:, -1].to_numpy(float)
    scaled = (values - values.min()) / (values.max() - values.min())
    model = recurrent("lstm", units=[32])
    return {"data": series_of(folder, scaled) | {"window": {"length": 22}}, "model": model}


def _healthy_rows(**settings: Any) -> Write:
    return lambda g, folder: {"data": table(folder, *rows(g)), "model": dense(**settings)}


def _healthy_waves(template: str, *, labels: bool = False, **settings: Any) -> Write:
    def write(g: np.random.Generator, folder: Path) -> Experiment:
        data = arrays(folder, *(ups if labels else waves)(g))
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
