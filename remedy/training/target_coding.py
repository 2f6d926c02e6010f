"""How a loss wants its targets, and what the outputs of a model trained on it mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.data import Preprocessor
from remedy.errors import TrainingError
from remedy.plan import Plan, is_of_keras


def object_name(described: str | dict[str, Any]) -> str:
    """The name of a loss or metric in a plan; for a function of the user's, the function's.

    >>> object_name({"module": "builtins", "class_name": "function", "config": "sparse_loss"})
    'sparse_loss'
    """
    if isinstance(described, str):
        return described
    config = described.get("config")
    if isinstance(config, str):
        return config
    wrapped = config.get("fn") if isinstance(config, dict) else None
    return object_name(wrapped) if isinstance(wrapped, str | dict) else str(described["class_name"])


def is_sparse(described: str | dict[str, Any]) -> bool:
    """Whether a loss or metric compares with class indices: by Keras' custom, its name says so."""
    return "sparse" in object_name(described).lower()


def is_own(described: str | dict[str, Any]) -> bool:
    """Whether a loss or metric is the user's rather than Keras' own."""
    if isinstance(described, str):
        return False
    return not is_of_keras(str(described.get("module") or "keras"))


def gives_logits(plan: Plan, outputs: NDArray[Any]) -> bool:
    """Whether the outputs of a classifier are logits rather than probabilities.

    A loss of Keras' own says so. What a loss of the user's takes can only be seen from the outputs: they are
    no probabilities if they leave [0, 1], are all 0, or, of one class among several, do not add up to 1. The
    hinge losses take scores, and the logistic function makes probabilities of these (Platt 1999).

    Args:
        plan: names task and loss.
        outputs: for some samples, `(..., units)`.
    """
    if plan.task == "regression":
        return False
    if not is_told_by_outputs(plan.loss):
        return takes_logits(plan.loss)
    if outputs.min() < 0 or outputs.max() > 1 or not outputs.any():
        return True
    return plan.task == "multiclass" and not np.allclose(outputs.sum(axis=-1), 1, atol=1e-2)


def is_told_by_outputs(loss: str | dict[str, Any]) -> bool:
    """Whether only outputs tell if they are probabilities: with the user's losses, and those for scores."""
    return is_own(loss) or "hinge" in object_name(loss).lower()


def takes_logits(loss: str | dict[str, Any]) -> bool:
    """Whether a loss is for outputs that are not yet probabilities."""
    config = loss.get("config") if isinstance(loss, dict) else None
    return isinstance(config, dict) and bool(config.get("from_logits"))


def coded_targets(plan: Plan, preprocessor: Preprocessor, y: NDArray[Any], units: int) -> NDArray[Any]:
    """The targets as the plan's loss needs them: class indices only where it is sparse, else one-hot.

    A loss of the user's gets them as the source has them.

    Args:
        plan: names task and loss.
        preprocessor: scales the targets of a regression.
        y: targets as a split has them.
        units: number of classes of a `multiclass` target.
    """
    if plan.task != "multiclass":
        return preprocessor.targets(y)
    as_indices = not plan.data.one_hot if is_own(plan.loss) else is_sparse(plan.loss)
    return y if as_indices else one_hot(y, units)


def one_hot(y: NDArray[Any], classes: int) -> NDArray[np.float32]:
    """Class indices `(..., 1)` as float32 `(..., classes)`.

    >>> one_hot(np.array([[1], [0]]), 2)
    array([[0., 1.],
           [1., 0.]], dtype=float32)
    """
    coded: NDArray[np.float32] = np.eye(classes, dtype=np.float32)[y[..., 0]]
    return coded


def sample_weights(weights: Mapping[int, float] | None, y: NDArray[Any]) -> NDArray[np.float32] | None:
    """The weight of each sample that `fit` makes of `class_weight`.

    >>> sample_weights({0: 0.5, 1: 2.0}, np.array([[0], [1], [0]]))
    array([0.5, 2. , 0.5], dtype=float32)
    """
    if weights is None:
        return None
    return np.array([weights[label] for label in y.ravel().astype(int)], np.float32)


def class_weights(plan: Plan, y: NDArray[Any]) -> dict[int, float] | None:
    """What `fit` gets as `class_weight`: scikit-learn's balanced weights of the training labels.

    Args:
        plan: says whether classes are weighed.
        y: class indices of the training split, `(samples, 1)`.

    Raises:
        TrainingError: the targets are not one class per sample.
    """
    if plan.class_weight is None:
        return None
    if plan.task not in {"binary", "multiclass"} or y.ndim > 2:
        raise TrainingError("class_weight: balanced needs a target that is one class per sample")
    from sklearn.utils.class_weight import compute_class_weight

    labels = y.ravel().astype(int)
    classes = np.unique(labels)
    weights = compute_class_weight(plan.class_weight, classes=classes, y=labels)
    return {int(label): float(weight) for label, weight in zip(classes, weights, strict=True)}
