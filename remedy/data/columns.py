"""Columns of a table as arrays: numbers, class labels, groups and times, or an error that names the line."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from remedy.data.table import Table
from remedy.errors import DataError

_LARGEST = float(np.finfo(np.float32).max)


def numbers(table: Table, column: str, advice: str) -> NDArray[np.float64]:
    """A column of finite numbers; booleans become 0 and 1.

    Args:
        table: the source.
        column: its name.
        advice: what to do if the column is not numeric.

    Returns:
        float64 `(rows,)`, within the range of float32.

    Raises:
        DataError: a cell is missing, no number, infinite or beyond float32.
    """
    cells = _complete(table, column)
    parsed = pd.to_numeric(cells, errors="coerce")
    wrong = _first(parsed.isna().to_numpy())
    if wrong is not None:
        raise DataError(f"{table.named(column)} is not numeric ({table.cell(column, wrong)}); {advice}")
    values = parsed.to_numpy(dtype=np.float64)
    wrong = _first(np.abs(values) > _LARGEST)
    if wrong is not None:
        what = "is infinite" if np.isinf(values[wrong]) else "is too large for 32-bit floats"
        raise DataError(
            f"{table.named(column)} {what} ({table.cell(column, wrong)}); mend or remove that line"
        )
    return values


def class_labels(table: Table, column: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """A column of class labels, text or integers.

    Args:
        table: the source.
        column: its name.

    Returns:
        The class index of each row, int64 `(rows,)`, and the sorted labels that the indices stand for.

    Raises:
        DataError: a cell is missing or holds a number that is no integer.
    """
    cells = _complete(table, column)
    if pd.api.types.is_numeric_dtype(cells):
        values = numbers(table, column, "")
        wrong = _first(values != np.floor(values))
        if wrong is not None:
            raise DataError(
                f"{table.named(column)} holds no class labels ({table.cell(column, wrong)}); "
                "use text or integers as labels, or set task: regression"
            )
        cells = cells.astype(np.int64)
    codes, labels = pd.factorize(cells, sort=True)
    return codes.astype(np.int64), tuple(str(label) for label in labels)


def group_codes(table: Table, column: str) -> NDArray[np.int64]:
    """The group of each row as an index into the sorted group labels, int64 `(rows,)`.

    Raises:
        DataError: a cell is missing.
    """
    return _ranks(_complete(table, column))


def time_ranks(table: Table, column: str) -> NDArray[np.int64]:
    """The place of each row's time among the distinct times, int64 `(rows,)`; equal times share a rank.

    Numbers sort as numbers, anything else as the date and time it stands for (without a zone: UTC).

    Raises:
        DataError: a cell is missing, or neither a number nor a date.
    """
    cells = _complete(table, column)
    if pd.api.types.is_numeric_dtype(cells):
        return _ranks(cells)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        times = pd.to_datetime(cells, errors="coerce", utc=True)
    wrong = _first(times.isna().to_numpy())
    if wrong is not None:
        raise DataError(
            f"{table.named(column)} is neither all numbers nor dates of one format "
            f"({table.cell(column, wrong)}); write dates like 2024-01-31 (or 2024-01-31 12:00) in every row"
        )
    return _ranks(times)


def _complete(table: Table, column: str) -> pd.Series:
    cells = table.frame[column]
    missing = cells.isna().to_numpy()
    first = _first(missing)
    if first is not None:
        count = int(missing.sum())
        raise DataError(
            f"{table.named(column)} has {count} missing cell{'s' if count > 1 else ''} (empty or NA; "
            f"the first in line {table.line(first)}); fill them in, remove their lines or drop the column"
        )
    return cells


def _ranks(values: pd.Series) -> NDArray[np.int64]:
    return pd.factorize(values, sort=True)[0].astype(np.int64)


def _first(mask: NDArray[np.bool_]) -> int | None:
    return int(mask.argmax()) if mask.any() else None
