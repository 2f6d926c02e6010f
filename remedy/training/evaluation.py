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
from remedy.training.skill_metric import PROBABILITY_MARGIN


def evaluate(model: keras.Model, plan: Plan, preprocessor: Preprocessor, split: Split) -> Evaluation:
    """Predict a split and compare with its targets, by scikit-learn's definitions.

    Args:
        model: trained on preprocessed data.
        plan: what the model was trained by.
        preprocessor: fitted on the training split.
        split: raw samples and targets.

    Returns:
        Skill and metrics; minus infinity and no metrics if a prediction is not a finite number.
    """
    outputs = model.predict(preprocessor.inputs(split.X), batch_size=plan.batch_size, verbose=0)
    outputs = np.asarray(outputs, np.float64)
    if not np.isfinite(outputs).all():
        return Evaluation(-math.inf, {})
    if plan.task == "regression":
        return _evaluate_regression(split, preprocessor.inverse_targets(outputs), plan.metric)
    return _evaluate_classification(split, outputs, multiclass=plan.task == "multiclass")


def _evaluate_regression(split: Split, predicted: NDArray[Any], metric: Metric) -> Evaluation:
    error: Callable[..., Any] = metrics.mean_absolute_error if metric == "mae" else metrics.mean_squared_error
    skill = metrics.d2_absolute_error_score if metric == "mae" else metrics.r2_score
    figures = {
        "mse": metrics.mean_squared_error(split.y, predicted),
        "mae": metrics.mean_absolute_error(split.y, predicted),
    }
    if split.persistence is not None:
        reference = error(split.y, split.persistence, multioutput="raw_values")
        if np.all(reference > 0):
            ratio = error(split.y, predicted, multioutput="raw_values") / reference
            figures["skill_against_persistence"] = 1 - np.mean(ratio)
    return Evaluation(
        float(skill(split.y, predicted)), {name: float(value) for name, value in figures.items()}
    )


def _evaluate_classification(split: Split, outputs: NDArray[np.float64], *, multiclass: bool) -> Evaluation:
    probability = np.clip(outputs, PROBABILITY_MARGIN, 1 - PROBABILITY_MARGIN)
    if multiclass:
        probability /= probability.sum(axis=1, keepdims=True)
        columns = [(split.y[:, 0].astype(int), probability, probability.argmax(axis=1))]
        labels = list(range(outputs.shape[1]))
    else:
        columns = [
            (y.astype(int), np.stack([1 - p, p], axis=1), (p > 0.5).astype(int))
            for y, p in zip(split.y.T, probability.T, strict=True)
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
