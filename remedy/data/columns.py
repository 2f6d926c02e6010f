"""Columns of a table as arrays: numbers, labels, groups and times, or an error that names the line."""

from __future__ import annotations

import datetime
import numbers as abstract

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from remedy.data.dates import form_of_numbers, read_dates
from remedy.data.table import Table
from remedy.errors import DataError

_LARGEST = float(np.finfo(np.float32).max)
_LARGEST_WHOLE = 2**53
# Every mark can match at one place only: with two to choose from, a cell of 200,000 digits takes minutes.
_LIKE_A_NUMBER = r"[+-]?[.,' ]*\d[\d.,' ]*(?:[eE][+-]?\d+)?%?|[+-]?inf"
_PLAIN_CELLS = (str, bool, np.bool_, abstract.Number, datetime.date)


def holds_categories(table: Table, column: str) -> bool:
    """Whether a column holds text or truth values rather than numbers.

    A column of which at least half the cells look like numbers is taken for numbers, so that a mistyped
    cell is found and not taken for a label.

    Raises:
        DataError: the cells are lists or other things that are neither numbers nor text.
    """
    cells = _plain(table, column)
    if pd.api.types.is_bool_dtype(cells):
        return True
    held = cells.dropna()
    if pd.api.types.is_numeric_dtype(cells) or held.empty:
        return False
    return bool(held.astype(str).str.strip().str.fullmatch(_LIKE_A_NUMBER).mean() < 0.5)


def holds_plain_cells(table: Table, column: str) -> bool:
    """Whether a column holds numbers, text, truth values or times; Parquet files may hold other things."""
    try:
        cells = _plain(table, column)
    except DataError:
        return False
    return not pd.api.types.is_timedelta64_dtype(cells)


def numbers(table: Table, column: str, advice: str) -> NDArray[np.float64]:
    """A column of finite numbers, none of them missing; truth values become 0 and 1.

    Args:
        table: the source.
        column: its name.
        advice: what to do if the column is not numeric.

    Returns:
        float64 `(rows,)`, within the range of float32.

    Raises:
        DataError: a cell is missing, no number, infinite or beyond float32.
    """
    _complete(table, column)
    return quantities(table, column, advice)


def quantities(table: Table, column: str, advice: str) -> NDArray[np.float64]:
    """A column of finite numbers in which missing cells are NaN; otherwise like `numbers`."""
    cells = _plain(table, column)
    if pd.api.types.is_datetime64_any_dtype(cells) or cells.dtype == object:
        # Else pandas counts the nanoseconds of dates, and fails with numbers of hundreds of digits.
        cells = cells.astype(str).where(cells.notna())
    parsed = pd.to_numeric(cells, errors="coerce")
    wrong = _first((parsed.isna() & cells.notna()).to_numpy())
    if wrong is not None:
        raise DataError(f"{table.named(column)} is not numeric ({table.cell(column, wrong)}); {advice}")
    values = parsed.to_numpy(dtype=np.float64)
    wrong = _first(np.abs(values) > _LARGEST)
    if wrong is not None:
        what = "is infinite" if np.isinf(values[wrong]) else "is too large for 32-bit floats"
        raise DataError(
            f"{table.named(column)} {what} ({table.cell(column, wrong)}); mend or remove that {table.unit}"
        )
    return values


def class_labels(
    table: Table, column: str, otherwise: str = "set task: regression", *, without: str | None = None
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """A column of class labels, text, truth values or integers.

    Args:
        table: the source.
        column: its name.
        otherwise: what else to do with a column that holds fractions.
        without: what else to do with a column in which cells are missing.

    Returns:
        The class index of each row, int64 `(rows,)`, and the sorted labels that the indices stand for.

    Raises:
        DataError: a cell is missing or holds a number that is no integer.
    """
    cells = _complete(table, column, without)
    if pd.api.types.is_numeric_dtype(cells):
        values = numbers(table, column, "")
        inexact = pd.api.types.is_float_dtype(cells) & (np.abs(values) > _LARGEST_WHOLE)
        wrong = _first((values != np.floor(values)) | inexact)
        if wrong is not None:
            raise DataError(
                f"{table.named(column)} holds no class labels ({table.cell(column, wrong)}); "
                f"use text or integers as labels, or {otherwise}"
            )
        cells = cells if pd.api.types.is_unsigned_integer_dtype(cells) else cells.astype(np.int64)
    codes, labels = pd.factorize(cells, sort=True)
    return codes.astype(np.int64), tuple(str(label) for label in labels)


def group_codes(table: Table, column: str) -> NDArray[np.int64]:
    """The group of each row as an index into the sorted group labels, int64 `(rows,)`.

    Raises:
        DataError: a cell is missing.
    """
    return _ranks(_complete(table, column))


def time_ranks(table: Table, column: str, form: str | None = None) -> NDArray[np.int64]:
    """The place of each row's time among the distinct times, int64 `(rows,)`; equal times share a rank.

    Numbers sort as numbers, unless they are dates (`form_of_numbers`), anything else as
    the date and time it stands for (without a zone: UTC).

    Args:
        table: the source.
        column: its name.
        form: of the dates, as `datetime.strptime` takes it (`data.time_format`); numbers are read by it, too.

    Raises:
        DataError: a cell is missing, or neither a number nor a date.
    """
    cells = _complete(table, column)
    if form is None and pd.api.types.is_numeric_dtype(cells) and form_of_numbers(cells) is None:
        return _ranks(cells)
    times = read_dates(cells, form)
    wrong = _first(times.isna().to_numpy())
    if wrong is not None and form is not None:
        raise DataError(
            f"{table.named(column)} does not fit data.time_format {form!r} ({table.cell(column, wrong)}); "
            "mend one of the two"
        )
    if wrong is not None:
        raise DataError(
            f"{table.named(column)} is neither all numbers nor dates of one format "
            f"({table.cell(column, wrong)}); write dates like 2024-01-31 (or 2024-01-31 12:00) in every row, "
            "or give their format in data.time_format"
        )
    return _ranks(times)


def _complete(table: Table, column: str, without: str | None = None) -> pd.Series:
    cells = _plain(table, column)
    missing = cells.isna().to_numpy()
    first = _first(missing)
    if first is not None:
        count = int(missing.sum())
        raise DataError(
            f"{table.named(column)} has {count} missing cell{'s' if count > 1 else ''} (empty or NA; "
            f"the first in {table.place(first)}); fill them in or remove their {table.unit}s"
            + (f", or {without}" if without else "")
        )
    return cells


def _plain(table: Table, column: str) -> pd.Series:
    """A column whose cells are numbers, text, truth values or times; Parquet files may hold other things."""
    cells = table.frame[column]
    if cells.dtype == object:
        odd = ~cells.map(lambda cell: isinstance(cell, _PLAIN_CELLS)) & cells.notna()
        wrong = _first(odd.to_numpy())
        if wrong is not None:
            what = f"{table.cell(column, wrong)}, a {type(cells.iloc[wrong]).__name__}"
            raise DataError(
                f"{table.named(column)} holds neither numbers nor text ({what}); spread it over columns "
                "of numbers, or leave it out of data.features"
            )
    return cells


def _ranks(values: pd.Series) -> NDArray[np.int64]:
    return pd.factorize(values, sort=True)[0].astype(np.int64)


def _first(mask: NDArray[np.bool_]) -> int | None:
    return int(mask.argmax()) if mask.any() else None
