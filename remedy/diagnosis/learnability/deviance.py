"""The errors of predictions and of the best constant, row by row, by remedy's definition of skill."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.plan import Metric, Task

PROBABILITY_MARGIN = 1e-7
"""Predicted probabilities are clipped to [margin, 1 - margin], as in `training.skill_metric`."""


def errors(
    y: NDArray[Any], predicted: NDArray[np.float64], task: Task, metric: Metric
) -> NDArray[np.float64]:
    """The error of each prediction.

    Args:
        y: targets in their own units `(rows, outputs)`; class indices `(rows, 1)` for `multiclass`.
        predicted: `(rows, outputs)`, of classes the probability of 1; `(rows, classes)` for `multiclass`.
        task: the kind of task.
        metric: what skill is computed from.

    Returns:
        float64 `(rows, outputs)`; `(rows, 1)` for `multiclass`.
    """
    if task == "regression":
        difference = y.astype(np.float64) - predicted
        return np.abs(difference) if metric == "mae" else difference**2
    probability = np.clip(predicted, PROBABILITY_MARGIN, 1 - PROBABILITY_MARGIN)
    if task == "multiclass":
        probability /= probability.sum(axis=1, keepdims=True)
        return -np.log(np.take_along_axis(probability, y.astype(np.int64), axis=1))
    return np.asarray(-np.log(np.where(y == 1, probability, 1 - probability)))


def constant_errors(y: NDArray[Any], task: Task, metric: Metric) -> NDArray[np.float64]:
    """The error of the constant that is best on these very rows; shapes as in `errors`."""
    if task == "multiclass":
        _, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
        return np.log(len(y) / counts)[codes].reshape(-1, 1)
    values = y.astype(np.float64)
    if task == "regression":
        centre = np.median(values, axis=0) if metric == "mae" else values.mean(axis=0)
        return np.abs(values - centre) if metric == "mae" else (values - centre) ** 2
    share = values.mean(axis=0)
    return np.asarray(-np.log(np.where(values == 1, share, 1 - share)))
