"""Judges a trained model by its own predictions, in the target's units."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from sklearn import metrics

from remedy.data import Preprocessor, Split
from remedy.plan import Metric, Plan
from remedy.training.outcome import Evaluation
from remedy.training.predictions import predict, probabilities
from remedy.training.skill_metric import PROBABILITY_MARGIN
from remedy.training.user_metrics import user_metrics
from remedy.training.whole_batches import fixed_batch_size, whole_batches


def evaluate(
    model: keras.Model, plan: Plan, preprocessor: Preprocessor, split: Split, *, name: str = "evaluated"
) -> Evaluation:
    """Predict a split and compare with its targets, by scikit-learn's definitions.

    The steps of a target that has a value for every step count as samples of their own.

    Args:
        model: trained on preprocessed data.
        plan: what the model was trained by.
        preprocessor: fitted on the training split.
        split: raw samples and targets; what does not fill a batch of a model that fixes its size is left out.
        name: the split's, for messages.

    Returns:
        Skill and metrics, the user's own among them unless one of ours has that name; minus infinity and no
        metrics if a prediction is not a finite number.
    """
    split = whole_batches(split, fixed_batch_size(model), name)
    outputs = predict(model, plan, preprocessor, split)
    if not np.isfinite(outputs).all():
        return Evaluation(-math.inf, {})
    if plan.task == "regression":
        predicted = preprocessor.inverse_targets(outputs)
        persistence = None if split.persistence is None else _pooled(split.persistence)
        result = _evaluate_regression(_pooled(split.y), _pooled(predicted), persistence, plan.metric)
    else:
        predicted = outputs
        result = _evaluate_classification(
            _pooled(split.y), _pooled(probabilities(plan, outputs)), multiclass=plan.task == "multiclass"
        )
    return Evaluation(result.skill, user_metrics(plan, split.y, predicted) | result.metrics)


def _pooled(values: NDArray[Any]) -> NDArray[Any]:
    return values.reshape(-1, values.shape[-1])


def _evaluate_regression(
    y: NDArray[Any], predicted: NDArray[Any], persistence: NDArray[Any] | None, metric: Metric
) -> Evaluation:
    error: Callable[..., Any] = metrics.mean_absolute_error if metric == "mae" else metrics.mean_squared_error
    skill = metrics.d2_absolute_error_score if metric == "mae" else metrics.r2_score
    figures = {
        "mse": metrics.mean_squared_error(y, predicted),
        "mae": metrics.mean_absolute_error(y, predicted),
    }
    if persistence is not None:
        reference = error(y, persistence, multioutput="raw_values")
        if np.all(reference > 0):
            ratio = error(y, predicted, multioutput="raw_values") / reference
            figures["skill_against_persistence"] = 1 - np.mean(ratio)
    return Evaluation(float(skill(y, predicted)), {name: float(value) for name, value in figures.items()})


def _evaluate_classification(
    y: NDArray[Any], outputs: NDArray[np.float64], *, multiclass: bool
) -> Evaluation:
    probability = np.clip(outputs, PROBABILITY_MARGIN, 1 - PROBABILITY_MARGIN)
    if multiclass:
        probability /= probability.sum(axis=1, keepdims=True)
        columns = [(y[:, 0].astype(int), probability, probability.argmax(axis=1))]
        labels = list(range(outputs.shape[1]))
    else:
        columns = [
            (target.astype(int), np.stack([1 - p, p], axis=1), (p > 0.5).astype(int))
            for target, p in zip(y.T, probability.T, strict=True)
        ]
        labels = [0, 1]
    figures: dict[str, Callable[[Any, Any, Any], float]] = {
        "skill": lambda y, p, _: metrics.d2_log_loss_score(y, p, labels=labels),
        "log_loss": lambda y, p, _: metrics.log_loss(y, p, labels=labels),
        "accuracy": lambda y, _, chosen: metrics.accuracy_score(y, chosen),
        "balanced_accuracy": lambda y, _, chosen: metrics.balanced_accuracy_score(y, chosen),
    }
    means = {
        name: float(np.mean([figure(*column) for column in columns])) for name, figure in figures.items()
    }
    return Evaluation(means.pop("skill"), means)
