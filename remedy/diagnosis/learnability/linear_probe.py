"""Ridge and logistic regression as probes."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.diagnosis.learnability.problem import (
    Problem,
    Table,
    by_label,
    certain,
    class_probabilities,
    log_loss,
)

_ALPHAS = np.logspace(-2, 5, 8)
_STRENGTHS = (1e-4, 1e-3, 0.01, 0.1, 1.0)
_MOST_STEPS = 100


def ridge(problem: Problem) -> Table:
    """Ridge regression, its penalty by generalised cross-validation; see `Probe`.

    For the absolute error it is shifted so that the median of what is left over is 0.
    """
    from sklearn.linear_model import RidgeCV

    model = RidgeCV(_ALPHAS, alpha_per_target=problem.y.shape[1] > 1).fit(problem.X, problem.y)
    predicted: Table = model.predict(problem.other).reshape(len(problem.other), -1)
    if problem.metric == "mae":
        seen = model.predict(problem.X).reshape(problem.y.shape)
        predicted += np.median(problem.y - seen, axis=0)
    return predicted


def logistic(problem: Problem) -> Table:
    """Logistic regression, its penalty chosen on a fifth of the training rows; see `Probe`."""
    fit, held_out = _parts(problem)

    def predict(labels: NDArray[np.int64]) -> Table:
        def loss(strength: float) -> float:
            model = _logistic(strength, problem.X[fit], labels[fit])
            probability = class_probabilities(model, problem.X[held_out], labels[fit], problem.classes)
            return log_loss(probability, labels[held_out])

        if (labels == labels[0]).all():
            return certain(problem, labels)
        choosable = len(held_out) and not (labels[fit] == labels[fit][0]).all()
        strength = min(_STRENGTHS, key=loss) if choosable else _STRENGTHS[2]
        model = _logistic(strength, problem.X, labels)
        return class_probabilities(model, problem.other, labels, problem.classes)

    return by_label(problem, predict)


def _parts(problem: Problem) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Training rows to fit to and to choose by: the last ones if they are in order, else any."""
    order = np.arange(len(problem.X))
    if not problem.ordered:
        order = np.random.default_rng(problem.seed).permutation(order)
    cut = len(order) - len(order) // 5
    return np.sort(order[:cut]), np.sort(order[cut:])


def _logistic(strength: float, X: Table, labels: NDArray[np.int64]) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        # A fit that is stopped early is a probe like any other: what it predicts is judged, not its weights.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(C=strength, tol=1e-3, max_iter=_MOST_STEPS).fit(X, labels)
