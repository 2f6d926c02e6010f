"""What a probe is given, and what the probes have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.plan import Metric, Task

Table = NDArray[np.float64]


@dataclass(frozen=True)
class Problem:
    """Training rows, and rows to predict.

    Attributes:
        X: training rows, float64 `(rows, columns)`, without gaps and on one scale.
        other: rows to predict, likewise.
        y: training targets, float64 `(rows, outputs)` on one scale for `regression`; int64 0 and 1
            `(rows, outputs)` for `binary` and `multilabel`, class indices `(rows, 1)` for `multiclass`.
        classes: how many values a column of `y` can have; 0 for `regression`.
        ordered: whether neighbouring rows may depend on each other.
        seed: of whatever a probe draws.
    """

    task: Task
    metric: Metric
    X: Table
    other: Table
    y: NDArray[Any]
    classes: int
    ordered: bool
    seed: int


Probe = Callable[[Problem], Table]
"""Predicts `other`: `(rows, outputs)`, the probability of 1 if they are labels; `(rows, classes)` for
`multiclass`."""


def by_label(problem: Problem, predict: Callable[[NDArray[np.int64]], Table]) -> Table:
    """Predict each column of labels by itself.

    Args:
        problem: one of classes.
        predict: gets the labels `(rows,)` and returns the probability of each, `(other rows, classes)`.

    Returns:
        What a `Probe` does.
    """
    columns = [predict(labels) for labels in problem.y.T]
    if problem.task == "multiclass":
        return columns[0]
    return np.stack([probability[:, 1] for probability in columns], axis=1)


def class_probabilities(model: Any, X: Table, labels: NDArray[np.int64], classes: int) -> Table:
    """Fit a classifier's probabilities for every class, also for those that its labels lack.

    They are drawn towards an even share by Laplace's rule of succession, as if each class had been seen once
    more, so that no class is called impossible after a few rows without it.

    Args:
        model: fitted to `labels`.
        X: rows to predict.
        labels: `(training rows,)`.
        classes: how many there are.
    """
    probability = np.zeros((len(X), classes))
    probability[:, model.classes_] = model.predict_proba(X)
    return succession(probability, len(labels))


def certain(problem: Problem, labels: NDArray[np.int64]) -> Table:
    """What to expect of the other rows if all training rows have the same label."""
    only = np.arange(problem.classes) == labels[0]
    return succession(np.tile(only.astype(np.float64), (len(problem.other), 1)), len(labels))


def succession(probability: Table, seen: int) -> Table:
    """Probabilities `(rows, classes)` as if each class had been seen once more beside the `seen` rows."""
    return np.asarray((probability * seen + 1) / (seen + probability.shape[1]))


def log_loss(probability: Table, labels: NDArray[np.int64]) -> float:
    """Mean log loss of probabilities `(rows, classes)`, none of them 0."""
    return float(-np.log(np.take_along_axis(probability, labels[:, np.newaxis], axis=1)).mean())
