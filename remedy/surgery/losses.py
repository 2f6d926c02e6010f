"""What the fixes know about Keras losses: which fit a task, and which expect logits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from remedy.plan import Task

Loss = str | dict[str, Any]

_SHORT = {
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "mae": "mean_absolute_error",
    "mse": "mean_squared_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
}
_REGRESSION = frozenset(
    {
        "cosine_similarity",
        "huber",
        "log_cosh",
        "mean_absolute_error",
        "mean_absolute_percentage_error",
        "mean_squared_error",
        "mean_squared_logarithmic_error",
        "poisson",
    }
)
_BINARY = frozenset({"binary_crossentropy", "binary_focal_crossentropy", "dice", "tversky"})
_MULTICLASS = frozenset(
    {
        "categorical_crossentropy",
        "categorical_focal_crossentropy",
        "sparse_categorical_crossentropy",
    }
)
_OTHERS = frozenset({"categorical_hinge", "circle", "ctc", "hinge", "kl_divergence", "squared_hinge"})
_KNOWN = _REGRESSION | _BINARY | _MULTICLASS | _OTHERS

_FITTING: dict[Task, frozenset[str]] = {
    "regression": _REGRESSION,
    "binary": _BINARY,
    "multiclass": _MULTICLASS,
    "multilabel": _BINARY,
}
_PLAIN: dict[Task, str] = {
    "regression": "mse",
    "binary": "binary_crossentropy",
    "multiclass": "sparse_categorical_crossentropy",
    "multilabel": "binary_crossentropy",
}


def fits(loss: Loss, task: Task) -> bool:
    """Whether a loss makes sense for a task; of a loss that is not Keras' own that is taken for granted.

    >>> fits("mse", "regression"), fits("mse", "binary")
    (True, False)
    """
    name = _name(loss)
    return name not in _KNOWN or name in _FITTING[task]


def is_known(loss: Loss) -> bool:
    """Whether a loss is one of Keras' own, so that it is known what it takes."""
    return _name(loss) in _KNOWN


def from_logits(loss: Loss) -> bool:
    """Whether the loss applies sigmoid or softmax itself."""
    return bool(_config(loss).get("from_logits", False))


def takes_positive(loss: Loss) -> bool:
    """Whether predictions have to be above 0, as Poisson's logarithm has no other."""
    return _name(loss) == "poisson"


def plain_loss(loss: Loss, task: Task) -> Loss:
    """The loss itself if it fits the task and expects what the task's activation returns, else one that does.

    >>> plain_loss({"class_name": "BinaryCrossentropy", "config": {"from_logits": True}}, "binary")
    'binary_crossentropy'
    """
    if not fits(loss, task):
        return _PLAIN[task]
    if isinstance(loss, str) or not from_logits(loss):
        return loss
    others = {key: value for key, value in _config(loss).items() if key != "from_logits"}
    return loss | {"config": others} if others else _name(loss)


def loss_text(loss: Loss) -> str:
    """The loss by its name, and that it expects logits if it does.

    >>> loss_text({"class_name": "BinaryCrossentropy", "config": {"from_logits": True}})
    'binary_crossentropy (from logits)'
    """
    name = loss if isinstance(loss, str) else _name(loss).rpartition(">")[2]
    return f"{name} (from logits)" if from_logits(loss) else name


def _name(loss: Loss) -> str:
    name = loss if isinstance(loss, str) else str(loss.get("class_name"))
    if isinstance(loss, dict) and loss.get("module") not in {None, "builtins", "keras.losses"}:
        return f"{loss['module']}>{name}"
    if name == "function" and isinstance(loss, dict):
        return str(loss.get("config"))
    special = {"KLDivergence": "kl_divergence", "CTC": "ctc"}
    snake = special.get(name) or re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return _SHORT.get(snake, snake)


def _config(loss: Loss) -> Mapping[str, Any]:
    config = loss.get("config") if isinstance(loss, dict) else None
    return config if isinstance(config, Mapping) else {}
