"""What arrays want to have predicted: the kind of task, and the target as numbers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.data.targets import Target
from remedy.data.wording import quoted
from remedy.errors import ConfigError, DataError
from remedy.plan import Task

_SHOWN_LABELS = 5
_LEAST_OF_EACH = 5
"""Numbers with fractions are labels if there are so many samples for each of them."""


def array_target(
    name: str, y: NDArray[Any], target_names: tuple[str, ...], task: Task | None, horizons: int = 1
) -> Target:
    """The target of all samples, and the task if it is not declared.

    One output of the values 0 and 1, or of two labels of text, is a `binary` target; one of more labels of
    text `multiclass`; so are several outputs of which each sample has exactly one 1 (one-hot); several
    outputs of 0 and 1 otherwise are `multilabel`, and everything else is `regression`.

    Args:
        name: the source's, for messages.
        y: `(samples, outputs)`, or `(samples, steps, outputs)` with a target for every step; finite numbers,
            truth values (which are 0 and 1) or text.
        target_names: one per output.
        task: the declared task, or `None`.
        horizons: at how many horizons each output is predicted; 0 and 1 at several are `multilabel`.

    Raises:
        ConfigError: the number of outputs or horizons does not fit the task.
        DataError: the values do not fit the task, or an output never varies.
    """
    if y.dtype.kind == "U":
        _check_horizons(name, "multiclass", horizons)
        return _read_text(name, y, target_names, task)
    values = y.astype(np.float64)
    outputs = values.reshape(-1, values.shape[-1])
    for output, column in zip(target_names, outputs.T, strict=True):
        if (column == column[0]).all():
            raise DataError(
                f"y of {name}: {quoted(output)} is {column[0]:g} in every sample; nothing to learn"
            )
    zero_one = bool(np.isin(outputs, (0.0, 1.0)).all())
    one_hot = _is_one_hot(values)
    inferred = task or _infer(outputs.shape[1] * horizons, zero_one=zero_one, one_hot=one_hot)
    _check_horizons(name, inferred, horizons)
    note = None if task else _note(inferred)
    if inferred == "multiclass" and outputs.shape[1] > 1:
        if not one_hot:
            raise ConfigError(
                f"task: multiclass takes one class per sample, but y of {name} has {outputs.shape[1]} "
                "columns that are not one-hot; set task: multilabel if each holds 0 and 1, or give y the "
                "shape (samples, steps, 1) if they are the classes of steps"
            )
        indices = tuple(str(index) for index in range(outputs.shape[1]))
        classes = indices if target_names == numbered("y", outputs.shape[1]) else target_names
        return Target(inferred, ("y",), values.argmax(axis=-1)[..., np.newaxis], classes, note, one_hot=True)
    if inferred == "binary" or inferred == "multiclass":
        return _read_labels(name, values, target_names, inferred, note)
    if inferred == "multilabel" and not zero_one:
        wrong = outputs[~np.isin(outputs, (0.0, 1.0))][0]
        raise DataError(
            f"y of {name} holds {wrong:g} where task: multilabel needs 0 or 1; set task: regression, or "
            "recode it"
        )
    return Target(inferred, target_names, values, (), note)


def as_outputs(
    y: NDArray[Any], names: tuple[str, ...], steps: Collection[int], *, every_step: bool = False
) -> tuple[NDArray[Any], tuple[str, ...], str | None]:
    """A target with an axis of outputs.

    Args:
        y: of rank 1 to 3.
        names: of its outputs if the source names them.
        steps: how many steps the inputs have.
        every_step: y of shape `(samples, steps)` is one output for every step; else its columns are several
            outputs.

    Returns:
        `(samples, outputs)` or `(samples, steps, outputs)`, the names of the outputs, and a note if y might
        have been meant otherwise.
    """
    note = None
    if y.ndim == 1:
        y = y[:, np.newaxis]
    elif y.ndim == 2 and y.shape[1] in steps:
        if every_step:
            y = y[:, :, np.newaxis]
        elif y.shape[1] > 1 and len(names) != y.shape[1] and not _is_one_hot(y):
            note = (
                f"The {y.shape[1]} columns of y are read as several outputs, although X has as many steps; "
                "y of shape (samples, steps, 1) would be a target for every step."
            )
    return y, names if len(names) == y.shape[-1] else numbered("y", y.shape[-1]), note


def as_text(name: str, y: NDArray[Any]) -> NDArray[Any]:
    """A target as it is, but text that is kept as bytes decoded.

    Raises:
        DataError: it is not UTF-8.
    """
    if y.dtype.kind != "S":
        return y
    try:
        return np.char.decode(y, "utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"y of {name} holds bytes that are no UTF-8 text; decode the labels") from error


def numbered(name: str, count: int) -> tuple[str, ...]:
    """Names for columns that have none.

    >>> numbered("X", 1), numbered("X", 2)
    (('X',), ('X0', 'X1'))
    """
    return (name,) if count == 1 else tuple(f"{name}{index}" for index in range(count))


def _is_one_hot(y: NDArray[Any]) -> bool:
    if y.dtype.kind not in "biuf":
        return False
    outputs = y.reshape(-1, y.shape[-1])
    return bool(outputs.shape[1] > 1 and np.isin(outputs, (0, 1)).all() and (outputs.sum(axis=1) == 1).all())


def _infer(outputs: int, *, zero_one: bool, one_hot: bool) -> Task:
    if not zero_one:
        return "regression"
    if outputs == 1:
        return "binary"
    return "multiclass" if one_hot else "multilabel"


def _note(task: Task) -> str:
    if task == "regression":
        return "Task regression, since y holds numbers; set task if they stand for classes."
    if task == "multiclass":
        return (
            "Task multiclass, since each row of y holds one 1 and else 0 (one-hot); "
            "set task: multilabel if the columns are independent."
        )
    return f"Task {task}, since y holds only 0 and 1; set task: regression to treat them as quantities."


def _read_text(name: str, y: NDArray[Any], target_names: tuple[str, ...], task: Task | None) -> Target:
    if y.shape[-1] > 1:
        raise DataError(
            f"y of {name} holds text in {y.shape[-1]} columns; give one label per sample, or numbers"
        )
    if task in ("regression", "multilabel"):
        raise DataError(f"y of {name} holds text, but task: {task} needs numbers; set task: multiclass")
    labels, codes = np.unique(y, return_inverse=True)
    classes = tuple(str(label) for label in labels)
    inferred: Task = task or ("binary" if len(classes) == 2 else "multiclass")
    note = None if task else f"Task {inferred}, since y holds {len(classes)} labels."
    return _classes(name, codes.reshape(y.shape), classes, target_names, inferred, note)


def _read_labels(
    name: str, values: NDArray[np.float64], target_names: tuple[str, ...], task: Task, note: str | None
) -> Target:
    if values.shape[-1] > 1:
        raise ConfigError(
            f"task: binary takes one column, but y of {name} has {values.shape[-1]}; set task: multilabel, "
            "or multiclass if they are one-hot"
        )
    fractions = values != np.floor(values)
    if fractions.any():
        return _read_fractions(name, values, target_names, task, float(values[fractions][0]))
    labels, codes = np.unique(values.astype(np.int64), return_inverse=True)
    return _classes(name, codes.reshape(values.shape), tuple(map(str, labels)), target_names, task, note)


def _read_fractions(
    name: str, values: NDArray[np.float64], target_names: tuple[str, ...], task: Task, fraction: float
) -> Target:
    """Labels that went through a division, as 1/255, 2/255 and so on; a few that come again and again."""
    labels, codes = np.unique(values, return_inverse=True)
    if len(labels) > values.size / _LEAST_OF_EACH:
        raise DataError(
            f"y of {name} holds {fraction:g}, which is no class label; use text or integers as "
            "labels, or set task: regression"
        )
    note = (
        f"y of {name} holds {len(labels)} classes whose labels are not whole numbers, such as {fraction:g}; "
        "the fix label_encoding numbers them from 0."
    )
    classes = tuple(f"{label:g}" for label in labels)
    target = _classes(name, codes.reshape(values.shape), classes, target_names, task, note)
    return replace(target, label_values=tuple(labels.tolist()))


def _classes(
    name: str,
    codes: NDArray[np.int64],
    classes: tuple[str, ...],
    target_names: tuple[str, ...],
    task: Task,
    note: str | None,
) -> Target:
    if len(classes) == 1:
        raise DataError(f"y of {name} holds one class only ({quoted(classes[0])}); nothing to learn")
    if task == "multiclass":
        return Target(task, target_names, codes.astype(np.int64), classes, note)
    if len(classes) > 2:
        shown = ", ".join(map(quoted, classes[:_SHOWN_LABELS])) + ", ..." * (len(classes) > _SHOWN_LABELS)
        raise DataError(
            f"y of {name} holds {len(classes)} different values ({shown}) where task: binary needs two; "
            "set task: multiclass or task: regression"
        )
    return Target(task, target_names, codes.astype(np.float64), classes, note)


def _check_horizons(name: str, task: Task, horizons: int) -> None:
    if horizons > 1 and task in ("binary", "multiclass"):
        raise ConfigError(
            f"data.window.horizon: a {task} target has one horizon, not {horizons}; name one of them, or set "
            f"task: multilabel if y of {name} holds 0 and 1"
        )
