"""What is to be predicted: the kind of task, and the target as numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remedy.data.columns import class_labels, numbers
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
        values: float64 `(rows, outputs)`; for `multiclass` int64 class indices `(rows, 1)`.
        classes: the labels behind the class indices of a `binary` or `multiclass` target, else empty.
        note: how the task was inferred; `None` if it was declared.
    """

    task: Task
    values: NDArray[np.float64] | NDArray[np.int64]
    classes: tuple[str, ...] = ()
    note: str | None = None


def read_target(table: Table, columns: list[str], task: Task | None) -> Target:
    """Read the target columns, and infer the task from them if it is not declared.

    One column that holds exactly the values 0 and 1 is a `binary` target, several columns of 0 and 1 are a
    `multilabel` target, everything else is `regression`.

    Args:
        table: the source.
        columns: names of the target columns.
        task: the declared task, or `None`.

    Returns:
        The target, its task settled.

    Raises:
        ConfigError: the number of columns does not fit the task.
        DataError: the cells do not fit the task, or a column never varies.
    """
    if task == "binary" or task == "multiclass":
        return _read_classes(table, columns, task)
    values = np.column_stack([numbers(table, column, _IF_CLASSES) for column in columns])
    inferred = _infer(values)
    _check_variation(table, columns, values)
    if task == "multilabel":
        _check_zero_one(table, columns, values)
    classes = ("0", "1") if (task or inferred) == "binary" else ()
    note = None if task else _inference_note(inferred, columns)
    return Target(task or inferred, values, classes, note)


def _read_classes(table: Table, columns: list[str], task: Task) -> Target:
    if len(columns) > 1:
        raise ConfigError(
            f"data.target: task: {task} takes one target column, not {len(columns)}; "
            "set task: multilabel if each holds 0 and 1"
        )
    codes, classes = class_labels(table, columns[0])
    if len(classes) == 1:
        raise DataError(
            f"{table.named(columns[0])} holds one class only ({quoted(classes[0])}); nothing to learn"
        )
    if task == "multiclass":
        return Target(task, codes[:, np.newaxis], classes)
    if len(classes) > 2:
        shown = ", ".join(map(quoted, classes[:_SHOWN_LABELS])) + ", ..." * (len(classes) > _SHOWN_LABELS)
        raise DataError(
            f"{table.named(columns[0])} holds {len(classes)} different values ({shown}) where "
            "task: binary needs two; set task: multiclass or task: regression"
        )
    return Target(task, codes[:, np.newaxis].astype(np.float64), classes)


def _infer(values: NDArray[np.float64]) -> Task:
    if not np.isin(values, (0.0, 1.0)).all():
        return "regression"
    return "binary" if values.shape[1] == 1 else "multilabel"


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
                f"{table.named(column)} holds {cells[row]:g} (line {table.line(row)}) where "
                "task: multilabel needs 0 or 1; set task: regression, or recode the column"
            )
