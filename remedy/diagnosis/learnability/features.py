"""The inputs of a split as a table of numbers that any estimator can learn from."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.data import Split
from remedy.data.chunks import is_within, sample_slices
from remedy.data.dataset import named_inputs
from remedy.data.input_preprocessing import has_padding
from remedy.diagnosis.learnability.rows import Rows

_MOST_COLUMNS = 4_096
_MOST_TOKENS = 200
_CONTEXT_COLUMNS = 60
_LARGEST = 1e150

Table = NDArray[np.float64]


def raw_tables(
    train: tuple[Split, Rows], other: tuple[Split, Rows], tokens: tuple[str, ...]
) -> tuple[Table, Table]:
    """The chosen rows of two splits as tables, one input's columns after the other's.

    Numbers are flattened, of large images or long sequences every so many places; tokens are counted, the
    most frequent 200 of the training rows each in a column of its own. Steps that are padding are missing;
    the last step that is none gets columns of its own, and so do the lengths. Where every step has a target,
    a row shows the latest steps up to its own and the mean so far, and never what comes after: with windows
    over a series, that is the target itself.

    Args:
        train: the training split and the rows that are looked at.
        other: another split, likewise.
        tokens: names of the inputs that hold tokens.

    Returns:
        float64 `(rows, columns)` of either split, NaN where a value is missing or infinite.
    """
    tables: tuple[list[Table], list[Table]] = ([], [])
    for name in named_inputs(train[0].X):
        frequent = _frequent(*train, name) if name in tokens else None
        for table, (split, rows) in zip(tables, (train, other), strict=True):
            table.extend(_columns(split, rows, named_inputs(split.X)[name], frequent))
    for table, (split, rows) in zip(tables, (train, other), strict=True):
        places = (rows.steps, None if split.lengths is None else split.lengths[rows.samples])
        table.extend(_numbers(place[:, np.newaxis]) for place in places if place is not None)
    first, second = (np.concatenate(table, axis=1) for table in tables)
    return first, second


def _columns(split: Split, rows: Rows, array: NDArray[Any], frequent: NDArray[Any] | None) -> list[Table]:
    if rows.steps is not None and has_padding(array) and array.shape[1] == split.y.shape[1]:
        return _past_columns(array, rows, rows.steps, frequent)
    lengths = None if split.lengths is None or not has_padding(array) else split.lengths[rows.samples]
    if frequent is not None:
        tokens = np.asarray(array[rows.samples])
        present = np.ones(tokens.shape, bool)
        if lengths is not None:
            present = is_within(tokens, lengths).reshape(len(tokens), -1, *[1] * (tokens.ndim - 2)) & present
        return [_counts(tokens, present, frequent)]
    places = _places(array)
    parts: list[list[Table]] = []
    for part in sample_slices(np.broadcast_to(0, (len(rows), *array.shape[1:]))):
        values = _numbers(array[rows.samples[part]])
        ends = []
        if lengths is not None:
            values[~is_within(values, lengths[part])] = np.nan
            ends = [values[np.arange(len(values)), lengths[part] - 1].reshape(len(values), -1)]
        parts.append([values[np.ix_(np.arange(len(values)), *places)].reshape(len(values), -1), *ends])
    return [np.concatenate(columns) for columns in zip(*parts, strict=True)]


def _past_columns(
    array: NDArray[Any], rows: Rows, steps: NDArray[np.int64], frequent: NDArray[Any] | None
) -> list[Table]:
    """What single steps of samples `(samples, steps, ...)` have behind them."""
    samples, which = np.unique(rows.samples, return_inverse=True)
    values = np.asarray(array[samples]).reshape(len(samples), array.shape[1], -1)
    width = min(max(_CONTEXT_COLUMNS // values.shape[2], 1), array.shape[1])
    places = steps[:, np.newaxis] - np.arange(width)[::-1]
    past = values[which[:, np.newaxis], np.maximum(places, 0)]
    within = np.broadcast_to((places >= 0)[:, :, np.newaxis], past.shape)
    if frequent is not None:
        now = np.arange(width) == width - 1
        return [
            _counts(past, within, frequent),
            _counts(past, within & now[np.newaxis, :, np.newaxis], frequent),
        ]
    numbers = _numbers(values)
    known = np.isfinite(numbers)
    sums = np.cumsum(np.where(known, numbers, 0.0), axis=1) / np.maximum(np.cumsum(known, axis=1), 1)
    shown = np.where(within, _numbers(past), np.nan)
    return [shown.reshape(len(rows), -1), sums[which, steps]]


def _numbers(values: NDArray[Any]) -> Table:
    """float64, NaN for what is not finite, and nothing whose square is not."""
    numbers = values.astype(np.float64)
    numbers[~np.isfinite(numbers)] = np.nan
    return np.clip(numbers, -_LARGEST, _LARGEST)


def _places(array: NDArray[Any]) -> list[NDArray[np.int64]]:
    """Which places along each axis of a sample to look at; the last one always, and all features."""
    between = array.shape[1:-1]
    too_many = math.prod(array.shape[1:]) / _MOST_COLUMNS
    stride = math.ceil(too_many ** (1 / len(between))) if between and too_many > 1 else 1
    places = [np.arange((size - 1) % stride, size, stride) for size in between]
    return [*places, np.arange(array.shape[-1])]


def _frequent(split: Split, rows: Rows, name: str) -> NDArray[Any]:
    """The tokens that occur most in the training rows, in order of their numbers."""
    tokens, counts = np.unique(named_inputs(split.X)[name][rows.samples], return_counts=True)
    return np.sort(tokens[np.argsort(-counts, kind="stable")[:_MOST_TOKENS]])


def _counts(tokens: NDArray[Any], present: NDArray[np.bool_], frequent: NDArray[Any]) -> Table:
    """How often each frequent token is present in each row of tokens `(rows, ...)`, on a log scale."""
    columns = np.minimum(np.searchsorted(frequent, tokens), len(frequent) - 1)
    counted = present & (frequent[columns] == tokens)
    row = np.broadcast_to(np.arange(len(tokens)).reshape(-1, *[1] * (tokens.ndim - 1)), tokens.shape)
    cells = row[counted] * len(frequent) + columns[counted]
    return np.log1p(np.bincount(cells, minlength=len(tokens) * len(frequent)).reshape(len(tokens), -1))
