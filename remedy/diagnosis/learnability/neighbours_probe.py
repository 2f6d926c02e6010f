"""Nearest neighbours as a probe."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remedy.diagnosis.learnability.deviance import errors
from remedy.diagnosis.learnability.problem import Problem, Table

_COUNTS = (5, 15, 50, 150)
_ASKED_ROWS = 1_000


def nearest_neighbours(problem: Problem) -> Table:
    """What the nearest training rows have in common; see `Probe`.

    Their number is the one with which at most 1,000 training rows are best predicted by the others. For
    classes, the shares among all training rows count like two more neighbours, so that a class which no
    neighbour belongs to is not called impossible.
    """
    from sklearn.neighbors import NearestNeighbors

    most = min(_COUNTS[-1], len(problem.X) - 1)
    if most < 1:
        return np.repeat(_averages(problem, np.zeros((1, 1), np.int64)), len(problem.other), axis=0)
    counts = [count for count in _COUNTS if count < most] + [most]
    index = NearestNeighbors(n_neighbors=most).fit(problem.X)
    asked = np.unique(np.linspace(0, len(problem.X) - 1, _ASKED_ROWS).astype(np.int64))
    near = index.kneighbors(problem.X[asked], min(most + 1, len(problem.X)), return_distance=False)
    others = _without_itself(near, asked)

    def error(count: int) -> float:
        predicted = _averages(problem, others[:, :count])
        return float(errors(problem.y[asked], predicted, problem.task, problem.metric).mean())

    best = min(counts, key=error)
    return _averages(problem, index.kneighbors(problem.other, best, return_distance=False))


def _without_itself(near: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The neighbours of rows without the rows; the last one if a row has too many of its like to be found."""
    itself = near == rows[:, np.newaxis]
    itself[~itself.any(axis=1), -1] = True
    rest: NDArray[np.int64] = near[~itself]
    return rest.reshape(len(near), -1)


def _averages(problem: Problem, near: NDArray[np.int64]) -> Table:
    """The prediction from neighbours, indices `(rows, neighbours)`."""
    if problem.task == "regression":
        if problem.metric == "mae":
            return np.asarray(np.median(problem.y[near], axis=1))
        return np.asarray(sum(problem.y[column] for column in near.T) / near.shape[1])
    if problem.task == "multiclass":
        own = np.zeros((len(problem.y), problem.classes))
        np.put_along_axis(own, problem.y, 1.0, axis=1)
        prior = (own.sum(axis=0) + 1) / (len(own) + problem.classes)
    else:
        own = problem.y.astype(np.float64)
        prior = (own.sum(axis=0) + 1) / (len(own) + 2)
    return np.asarray((sum(own[column] for column in near.T) + 2 * prior) / (near.shape[1] + 2))
