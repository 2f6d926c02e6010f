"""The part of `load_data()` that takes training, validation and test rows out of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from remedy.config.experiment import Data
from remedy.data import Dataset
from remedy.data.columns import group_codes, time_ranks
from remedy.data.dates import form_of_numbers, read_dates
from remedy.data.splits import TEST, VALIDATION, assign_rows
from remedy.data.table import Table
from remedy.export.data_source import PARTS, SPLITS, splits
from remedy.export.source import Expression, literal

_FEW_GROUPS = 20


class TableSplits(NamedTuple):
    """The statements that return the samples of each split, with the constants and arrays that they need."""

    statements: list[str]
    constants: Mapping[str, Expression] = {}
    arrays: Mapping[str, Mapping[str, Any]] = {}


class _Order(NamedTuple):
    """The rows of a table in the order in which samples are taken from them.

    Attributes:
        rows: numbers of the rows in the file.
        groups: group of each row, in that order.
        assigned: split of each row, in that order.
    """

    rows: NDArray[np.int64]
    groups: NDArray[np.int64]
    assigned: NDArray[np.int8]


def table_splits(data: Data, dataset: Dataset, table: Table, take: str) -> TableSplits:
    """How the script splits a table that is in order.

    Args:
        data: the data section.
        dataset: what was read.
        table: the source.
        take: the function that takes samples from rows of the table.
    """
    order, by = _order(data, dataset, table), dataset.split_by
    if by == "time" and data.time is not None:
        return TableSplits(
            [
                f"time = table[{literal(data.time)}]",
                *_returned(
                    take,
                    "table[time < VALIDATION_FROM]",
                    "table[(time >= VALIDATION_FROM) & (time < TEST_FROM)]",
                    "table[time >= TEST_FROM]",
                ),
            ],
            _times(table.frame[data.time], data.time_format, order),
        )
    if by == "time" and data.group is None:
        first = [int(np.flatnonzero(order.assigned == part)[0]) for part in (VALIDATION, TEST)]
        rows = ("table[:VALIDATION_FROM]", "table[VALIDATION_FROM:TEST_FROM]", "table[TEST_FROM:]")
        constants = dict(zip(("VALIDATION_FROM", "TEST_FROM"), map(literal, first), strict=True))
        return TableSplits(_returned(take, *rows), constants)
    if by == "group" and len(np.unique(order.groups)) <= _FEW_GROUPS:
        return _whole_groups(data, table, order, take)
    numbers = {name: np.flatnonzero(order.assigned == part) for part, name in enumerate(PARTS)}
    return TableSplits(
        [
            f'with np.load(FOLDER / "{SPLITS}") as splits:  # the numbers of the rows in each',
            f"    return {{name: {take}(table.iloc[rows]) for name, rows in splits.items()}}",
        ],
        arrays={SPLITS: numbers},
    )


def _whole_groups(data: Data, table: Table, order: _Order, take: str) -> TableSplits:
    constants: dict[str, Expression] = {}
    for name, part in (("VALIDATION_GROUPS", VALIDATION), ("TEST_GROUPS", TEST)):
        labels = table.frame[data.group].iloc[order.rows[order.assigned == part]]
        constants[name] = literal(labels.unique().tolist())
    return TableSplits(
        [
            f"group = table[{literal(data.group)}]",
            *_returned(
                take,
                "table[~group.isin(VALIDATION_GROUPS + TEST_GROUPS)]",
                "table[group.isin(VALIDATION_GROUPS)]",
                "table[group.isin(TEST_GROUPS)]",
            ),
        ],
        constants,
    )


def _times(column: pd.Series, form: str | None, order: _Order) -> dict[str, Expression]:
    """The times at which validation and test begin."""
    form = form or form_of_numbers(column)
    times = column if form is None and pd.api.types.is_numeric_dtype(column) else read_dates(column, form)
    found: dict[str, Expression] = {}
    for name, part in (("VALIDATION_FROM", VALIDATION), ("TEST_FROM", TEST)):
        first = times.iloc[order.rows[order.assigned == part]].min()
        if isinstance(first, pd.Timestamp):
            found[name] = literal(str(first.tz_localize(None)).removesuffix(" 00:00:00"))
        else:
            found[name] = literal(first.item())
    return found


def _returned(take: str, *rows: str) -> list[str]:
    pairs = zip(PARTS, rows, strict=True)
    return ["return {", *(f'    "{name}": {take}({chosen}),' for name, chosen in pairs), "}"]


def _order(data: Data, dataset: Dataset, table: Table) -> _Order:
    groups = group_codes(table, data.group) if data.group else np.zeros(len(table), dtype=np.int64)
    times = None
    rows = np.argsort(groups, kind="stable")
    if data.time is not None:
        times = time_ranks(table, data.time, data.time_format)
        rows = np.lexsort((times, groups))
        times = times[rows]
    classes = np.zeros(len(table), dtype=np.int64)
    if dataset.classes and data.window is None:
        for split in splits(dataset).values():
            classes[split.target_rows] = split.y[:, 0].astype(np.int64)
    assert dataset.split_by != "given"  # noqa: S101 - tables never come split
    span = data.window.reach if data.window else None
    assigned = assign_rows(dataset.split_by, data.split, groups[rows], times, classes[rows], span)
    return _Order(rows, groups[rows], assigned)
