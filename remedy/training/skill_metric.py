"""Skill as a compiled Keras metric, so that it costs no pass over the data of its own."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from remedy.plan import Metric, Task

PROBABILITY_MARGIN = 1e-7
"""Predicted probabilities are clipped to [margin, 1 - margin] before the logarithm."""


class Skill(keras.metrics.Metric):
    """Share of deviance explained, D2: 1 - error / error of the best constant, averaged over outputs.

    Keras reports one metric for training and validation, but the best constant differs between the splits:
    assign `reference` before each of them.

    Args:
        task: decides how predictions are compared with targets for `log_loss`.
        metric: the error.
        outputs: length of the reference, the number of targets (1 for `multiclass`).
        logits: whether a classifier's outputs are no probabilities yet.
    """

    def __init__(self, task: Task, metric: Metric, outputs: int, *, logits: bool = False) -> None:
        super().__init__(name="skill", dtype="float32")
        self._error = _ERRORS["multiclass" if task == "multiclass" else metric]
        to_probability = ops.softmax if task == "multiclass" else ops.sigmoid
        self._to_probability = to_probability if logits and task != "regression" else None
        self._total = self.add_variable((outputs,), initializer="zeros", name="total")
        self._count = self.add_variable((), initializer="zeros", name="count")
        self.reference = self.add_variable((outputs,), initializer="ones", name="reference")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add the errors of one batch; `sample_weight` is ignored, skill counts every sample once.

        The steps of a target that has a value for every step count as samples of their own.
        """
        del sample_weight
        y_pred = ops.cast(y_pred, "float32")
        if self._to_probability is not None:
            y_pred = self._to_probability(y_pred)
        errors = ops.reshape(self._error(y_true, y_pred), (-1, self.reference.shape[0]))
        self._total.assign_add(ops.sum(errors, axis=0))
        self._count.assign_add(ops.cast(ops.shape(errors)[0], "float32"))

    def result(self) -> Any:
        """Skill over the batches so far."""
        return 1.0 - ops.mean(self._total / self._count / self.reference)

    def reset_state(self) -> None:
        """Forget the batches so far, but not the reference."""
        self._total.assign(ops.zeros(self._total.shape))
        self._count.assign(0.0)


def _squared_error(y_true: Any, y_pred: Any) -> Any:
    return ops.square(ops.cast(y_true, "float32") - y_pred)


def _absolute_error(y_true: Any, y_pred: Any) -> Any:
    return ops.abs(ops.cast(y_true, "float32") - y_pred)


def _binary_log_loss(y_true: Any, y_pred: Any) -> Any:
    y_true = ops.cast(y_true, "float32")
    # Each side is clipped by itself: in float32, 1 - (1 - 1e-7) is not 1e-7.
    yes, no = (ops.clip(p, PROBABILITY_MARGIN, 1 - PROBABILITY_MARGIN) for p in (y_pred, 1 - y_pred))
    return -(y_true * ops.log(yes) + (1 - y_true) * ops.log(no))


def _multiclass_log_loss(y_true: Any, y_pred: Any) -> Any:
    probability = ops.clip(y_pred, PROBABILITY_MARGIN, 1 - PROBABILITY_MARGIN)
    probability = probability / ops.sum(probability, axis=-1, keepdims=True)
    if y_true.shape[-1] == 1:  # class indices
        chosen = ops.take_along_axis(probability, ops.cast(y_true, "int32"), axis=-1)
    else:  # one-hot
        chosen = ops.sum(ops.cast(y_true, "float32") * probability, axis=-1, keepdims=True)
    return -ops.log(chosen)


_ERRORS = {
    "mse": _squared_error,
    "mae": _absolute_error,
    "log_loss": _binary_log_loss,
    "multiclass": _multiclass_log_loss,
}
