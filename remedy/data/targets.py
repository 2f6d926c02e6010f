"""What is to be predicted: the kind of task, and the target as numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from remedy.data.columns import class_labels, holds_categories, numbers
from remedy.data.table import Table
from remedy.data.wording import quoted
from remedy.errors import ConfigError, DataError
from remedy.plan import Task

_SHOWN_LABELS = 5
_IF_CLASSES = "name a numeric target, or set task: multiclass (or task: binary) if it holds classes"


@dataclass(frozen=True)
class Target:
    """The target of every row of a table.

    Attributes:
        names: one per output.
        values: float64 `(rows, outputs)`; for `multiclass` int64 class indices `(rows, 1)`.
        classes: the labels behind the class indices of a `binary` or `multiclass` target, else empty.
        note: how the task was inferred; `None` if it was declared.
        one_hot: whether the source has one column of 0 and 1 for each class.
        label_values: the numbers by which the source calls the classes, where they are not whole.
    """

    task: Task
    names: tuple[str, ...]
    values: NDArray[np.float64] | NDArray[np.int64]
    classes: tuple[str, ...] = ()
    note: str | None = None
    one_hot: bool = False
    label_values: tuple[float, ...] = ()


def read_target(table: Table, columns: list[str], task: Task | None, horizons: int = 1) -> Target:
    """Read the target columns, and infer the task from them if it is not declared.

    One column that holds exactly the values 0 and 1, or text with two labels, is a `binary` target; text with
    more labels is `multiclass`; several columns of 0 and 1, or one at several horizons, are `multilabel`;
    everything else is `regression`.

    Args:
        table: the source.
        columns: names of the target columns.
        task: the declared task, or `None`.
        horizons: at how many horizons each column is predicted.

    Returns:
        The target, its task settled.

    Raises:
        ConfigError: the number of columns or horizons does not fit the task.
        DataError: the cells do not fit the task, or a column never varies.
    """
    if task is None and len(columns) == 1 and _holds_labels(table, columns[0]):
        labels = len(class_labels(table, columns[0])[1])
        inferred: Task = "binary" if labels == 2 else "multiclass"
        note = f"Task {inferred}, since {quoted(columns[0])} holds text with {labels} different labels."
        return replace(_read_classes(table, columns, inferred, horizons), note=note)
    if task == "binary" or task == "multiclass":
        return _read_classes(table, columns, task, horizons)
    values = np.column_stack([numbers(table, column, _IF_CLASSES) for column in columns])
    inferred = _infer(values, horizons)
    _check_variation(table, columns, values)
    if task == "multilabel":
        _check_zero_one(table, columns, values)
    classes = ("0", "1") if (task or inferred) == "binary" else ()
    inference = None if task else _inference_note(inferred, columns)
    return Target(task or inferred, tuple(columns), values, classes, inference)


def _holds_labels(table: Table, column: str) -> bool:
    """Whether a column holds text that repeats itself, unlike dates and names; truth values are 0 and 1."""
    cells = table.frame[column]
    if not holds_categories(table, column) or pd.api.types.is_bool_dtype(cells):
        return False
    return 2 * cells.nunique() <= len(cells)


def _read_classes(table: Table, columns: list[str], task: Task, horizons: int) -> Target:
    if horizons > 1:
        raise ConfigError(
            f"data.window.horizon: a {task} target has one horizon, not {horizons}; name one of them, or set "
            f"task: multilabel if {table.named(columns[0])} holds 0 and 1"
        )
    if len(columns) > 1:
        return _read_one_hot(table, columns, task)
    codes, classes = class_labels(table, columns[0])
    if len(classes) == 1:
        raise DataError(
            f"{table.named(columns[0])} holds one class only ({quoted(classes[0])}); nothing to learn"
        )
    if task == "multiclass":
        return Target(task, tuple(columns), codes[:, np.newaxis], classes)
    if len(classes) > 2:
        shown = ", ".join(map(quoted, classes[:_SHOWN_LABELS])) + ", ..." * (len(classes) > _SHOWN_LABELS)
        raise DataError(
            f"{table.named(columns[0])} holds {len(classes)} different values ({shown}) where "
            "task: binary needs two; set task: multiclass or task: regression"
        )
    return Target(task, tuple(columns), codes[:, np.newaxis].astype(np.float64), classes)


def _read_one_hot(table: Table, columns: list[str], task: Task) -> Target:
    """Columns of 0 and 1, one for each class, as one target of class indices."""
    values = None
    if task == "multiclass":
        values = np.column_stack([numbers(table, column, _IF_CLASSES) for column in columns])
    if values is None or not np.isin(values, (0.0, 1.0)).all():
        raise ConfigError(
            f"data.target: task: {task} takes one target column, not {len(columns)}"
            f"{', unless they hold 0 and 1, a 1 for the class' if task == 'multiclass' else ''}; "
            f"set task: multilabel if each of those in {table.name} holds 0 and 1"
        )
    wrong = values.sum(axis=1) != 1
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(
            f"{table.name}: the target columns hold {values[row].sum():g} ones in {table.place(row)} where "
            "task: multiclass needs exactly one; mend the row, or set task: multilabel"
        )
    _check_variation(table, columns, values)
    codes = values.argmax(axis=1).astype(np.int64)
    return Target(task, (", ".join(columns),), codes[:, np.newaxis], tuple(columns), one_hot=True)


def _infer(values: NDArray[np.float64], horizons: int) -> Task:
    if not np.isin(values, (0.0, 1.0)).all():
        return "regression"
    return "binary" if values.shape[1] * horizons == 1 else "multilabel"


def _inference_note(task: Task, columns: list[str]) -> str:
    names = ", ".join(map(quoted, columns))
    if task == "regression":
        return f"Task regression, since {names} holds numbers; set task if they stand for classes."
    return f"Task {task}, since {names} holds only 0 and 1; set task: regression to treat them as quantities."


def _check_variation(table: Table, columns: list[str], values: NDArray[np.float64]) -> None:
    for column, cells in zip(columns, values.T, strict=True):
        if (cells == cells[0]).all():
            raise DataError(f"{table.named(column)} is {cells[0]:g} in every row; nothing to learn")


def _check_zero_one(table: Table, columns: list[str], values: NDArray[np.float64]) -> None:
    for column, cells in zip(columns, values.T, strict=True):
        wrong = ~np.isin(cells, (0.0, 1.0))
        if wrong.any():
            row = int(wrong.argmax())
            raise DataError(
                f"{table.named(column)} holds {cells[row]:g} ({table.place(row)}) where "
                "task: multilabel needs 0 or 1; set task: regression, or recode the column"
            )
