"""Histogram gradient boosting as a probe."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.diagnosis.learnability.problem import Problem, Table, by_label, certain, class_probabilities

_MOST_TREES, _MOST_ROUNDS, _FEWEST_ROUNDS = 800, 100, 20
_FEWEST_ROWS_TO_STOP_EARLY = 200
_FEWEST_OF_A_CLASS = 10


def can_boost(outputs: int) -> bool:
    """Whether there are so few target columns, or classes, that their trees take no more than seconds."""
    return outputs * _FEWEST_ROUNDS <= _MOST_TREES


def gradient_boosting(problem: Problem) -> Table:
    """Shallow trees, fewer rounds of them the more outputs there are; see `Probe`.

    With enough rows, a tenth of them says when to stop.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    if problem.task == "regression":
        loss = "absolute_error" if problem.metric == "mae" else "squared_error"
        settings = _settings(problem, stops_early=True)
        models = [HistGradientBoostingRegressor(loss=loss, **settings).fit(problem.X, y) for y in problem.y.T]
        return np.stack([model.predict(problem.other) for model in models], axis=1)

    def predict(labels: NDArray[np.int64]) -> Table:
        counts = np.unique(labels, return_counts=True)[1]
        if len(counts) == 1:
            return certain(problem, labels)
        settings = _settings(problem, stops_early=bool(counts.min() >= _FEWEST_OF_A_CLASS))
        model = HistGradientBoostingClassifier(**settings).fit(problem.X, labels)
        return class_probabilities(model, problem.other, labels, problem.classes)

    return by_label(problem, predict)


def _settings(problem: Problem, *, stops_early: bool) -> dict[str, Any]:
    outputs = problem.classes if problem.task == "multiclass" else problem.y.shape[1]
    rounds = int(np.clip(_MOST_TREES // outputs, _FEWEST_ROUNDS, _MOST_ROUNDS))
    stops_early = stops_early and len(problem.X) >= _FEWEST_ROWS_TO_STOP_EARLY
    return {
        "max_iter": rounds if stops_early else max(rounds // 2, _FEWEST_ROUNDS),
        "max_leaf_nodes": 15,
        "early_stopping": stops_early,
        "n_iter_no_change": 5,
        "random_state": problem.seed,
    }
