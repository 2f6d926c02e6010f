"""Labels as the source has them, for a training whose loss gets no class indices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from keras import ops

from remedy.models.build import build_loss
from remedy.plan import Plan

Loss = Callable[[Any, Any], Any]


def training_loss(plan: Plan) -> Any:
    """The plan's loss, which sees the labels that the plan says, while skill always sees the classes.

    A loss for class indices, and the coding as one-hot rows, cut fractions off, as Keras does.
    """
    if plan.preprocessing.labels == "indices":
        return build_loss(plan)
    return _with_given_labels(
        build_loss(plan), np.array(plan.data.label_values), is_binary=plan.task == "binary"
    )


def _with_given_labels(loss: Loss, labels: np.ndarray[Any, Any], *, is_binary: bool) -> Loss:
    if is_binary:
        low, high = (float(label) for label in labels)
        return lambda y_true, y_pred: loss(low + ops.cast(y_true, "float32") * (high - low), y_pred)
    indices = labels.astype("int32")
    rows = np.eye(len(labels), dtype="float32")[np.clip(indices, 0, len(labels) - 1)]

    def given(y_true: Any, y_pred: Any) -> Any:
        if y_true.shape[-1] == 1:
            return loss(ops.take(indices, ops.cast(y_true, "int32"), axis=0), y_pred)
        return loss(ops.matmul(ops.cast(y_true, "float32"), rows), y_pred)

    return given
