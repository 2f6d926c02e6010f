"""The user's own Keras metrics, which are reported and decide nothing."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from remedy.models.build import build_metrics
from remedy.plan import Plan
from remedy.training.target_coding import is_own, is_sparse, object_name, one_hot

_DECIDED_BY_SHAPE = ("accuracy", "acc", "crossentropy", "ce")
"""Names that stand for different metrics, which Keras chooses by the shapes of targets and outputs."""


def user_metrics(plan: Plan, y: NDArray[Any], predicted: NDArray[Any]) -> dict[str, float]:
    """Each of the plan's metrics by its name, as `compile` and `evaluate` compute it.

    Args:
        plan: names task, loss and metrics.
        y: targets in their own units, as a split has them.
        predicted: predictions in the target's own units; for classes the outputs of the model as they are,
            which is what Keras hands to a metric: logits if the model gives logits.

    Raises:
        ValueError: Keras knows no such metric.

    Returns:
        NaN for a metric that cannot be computed for these targets.
    """
    figures: dict[str, float] = {}
    for metric in plan.metrics:
        targets = one_hot(y, predicted.shape[-1]) if _wants_one_hot(plan, metric) else y
        resolved: Any = metric
        if metric not in _DECIDED_BY_SHAPE:
            (found,) = build_metrics(plan.replace(metrics=(metric,)))
            resolved = metric if isinstance(metric, str) else found
        try:
            figures |= _evaluate(
                resolved, targets.astype(np.float32), predicted.astype(np.float32), plan.batch_size
            )
        except Exception:  # noqa: BLE001 - whatever the user's metric raises, no verdict depends on it
            figures[object_name(metric)] = math.nan
    return figures


def _evaluate(
    metric: Any, y: NDArray[np.float32], predicted: NDArray[np.float32], batch_size: int
) -> dict[str, float]:
    # A model that changes nothing: Keras itself then decides what "accuracy" means for these shapes.
    judge = keras.Sequential([keras.Input(predicted.shape[1:]), keras.layers.Identity()])
    judge.compile(loss=_no_loss, metrics=[metric])
    results = judge.evaluate(predicted, y, batch_size=batch_size, verbose=0, return_dict=True)
    return {name: float(value) for name, value in results.items() if name != "loss"}


def _no_loss(y_true: Any, y_pred: Any) -> Any:
    del y_true
    return keras.ops.zeros(keras.ops.shape(y_pred)[:1])  # Keras evaluates nothing without a loss


def _wants_one_hot(plan: Plan, metric: str | dict[str, Any]) -> bool:
    """Whether a metric gets one-hot classes: Keras' own unless sparse, the user's like the source."""
    if plan.task != "multiclass" or is_sparse(metric):
        return False
    if object_name(metric).lower() in {"accuracy", "acc"}:
        return False  # Keras finds out by itself
    return plan.data.one_hot if is_own(metric) else True
