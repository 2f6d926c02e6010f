"""What the columns of a table are for: which one orders the rows, names series, or tells nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from remedy.data import Table
from remedy.data.columns import group_codes, holds_categories, holds_plain_cells, time_ranks
from remedy.data.wording import quoted
from remedy.errors import DataError

_TIME_WORDS = frozenset(
    {"time", "date", "datetime", "timestamp", "ts", "t", "step", "epoch", "year", "quarter", "month", "week"}
    | {"day", "hour", "minute", "second", "period"}
)
_NUMBERING = frozenset({"id", "index", "idx", "row", "no", "nr", "number", "unnamed"})
_LIKE_A_DATE = re.compile(r".*\d.*[-/.:T ].*\d.*", re.DOTALL)
_LOOKED_AT = 200
_MOST_LABELS = 50
_ROWS_PER_SERIES = 20
_EVEN = 0.9
"""Share of the steps between times that are alike, if the rows do not come in their order."""


class Column(NamedTuple):
    """A column, and why it is taken for what it is."""

    name: str
    reason: str


@dataclass(frozen=True)
class Roles:
    """What the columns of a table are for.

    Attributes:
        time: orders the rows.
        group: names the series that a row belongs to.
        ordered: whether the rows of a group have one order, by `time` or as the file has them.
        features: are left to predict from, the target not among them.
        left_out: column -> why it is no feature.
    """

    time: Column | None
    group: Column | None
    ordered: bool
    features: tuple[str, ...]
    left_out: dict[str, str] = field(default_factory=dict)


def find_roles(table: Table, target: Sequence[str]) -> Roles:
    """Find out what the columns of a table are for.

    Args:
        table: the source.
        target: the columns to predict.
    """
    columns = [str(column) for column in table.frame.columns if column not in target]
    others = [column for column in columns if holds_plain_cells(table, column)]
    time, group = _time_and_group(table, others)
    left_out = dict.fromkeys(sorted(set(columns) - set(others)), "holds neither numbers nor text")
    for column in others:
        if column not in {time and time.name, group and group.name} and (
            reason := _tells_nothing(table, column)
        ):
            left_out[column] = reason
    taken = {*left_out, time and time.name, group and group.name}
    features = tuple(column for column in others if column not in taken)
    calendar = [column for column in features if _is_named_like_a_time(column)]
    ordered = (
        (time is not None and _is_distinct(_keys(table, [group, time])))
        or not columns
        or (time is None and len(calendar) > 1 and _rises(table, calendar))
    )
    return Roles(time, group, ordered, features, left_out)


def _time_and_group(table: Table, columns: Sequence[str]) -> tuple[Column | None, Column | None]:
    dates = [
        Column(column, "dates, which order the rows") for column in columns if _holds_dates(table, column)
    ]
    numbers = [
        Column(column, "orders the rows: by its name a time, and no two rows are equal")
        for column in columns
        if _is_named_like_a_time(column) and _is_whole_column_of_numbers(table, column)
    ]
    for time in (*dates, *numbers):
        if _is_distinct(_keys(table, [time])) and (time in dates or _counts(table, time.name)):
            return time, None
    for time in (*dates, *numbers):
        for group in _possible_groups(table, columns, time):
            if _is_distinct(_keys(table, [group, time])) and (
                time in dates or _counts(table, time.name, group.name)
            ):
                return time._replace(reason=time.reason.replace("two rows", "two rows of a series")), group
    return (dates[0], None) if dates else (None, None)


def _possible_groups(table: Table, columns: Sequence[str], time: Column) -> list[Column]:
    """Columns that may name the series, that with the fewest first; a quarter beside a year names none."""
    others = [one for one in columns if one != time.name and not _is_named_like_a_time(one)]
    counts = {column: table.frame[column].nunique() for column in others}
    most = len(table) / _ROWS_PER_SERIES
    return [
        Column(column, f"names {counts[column]} series: with it, no time stands twice")
        for column in sorted(counts, key=lambda column: counts[column])
        if 2 <= counts[column] <= most
        and table.frame[column].notna().all()
        and (holds_categories(table, column) or pd.api.types.is_integer_dtype(table.frame[column]))
    ]


def _keys(table: Table, columns: Sequence[Column | None]) -> NDArray[np.int64]:
    """`(rows, columns)`, equal where the cells are; of times and labels."""
    return np.column_stack(
        [
            time_ranks(table, column.name)
            if _holds_dates(table, column.name) or _is_whole_column_of_numbers(table, column.name)
            else group_codes(table, column.name)
            for column in columns
            if column is not None
        ]
    )


def _is_distinct(keys: NDArray[np.int64]) -> bool:
    return len(np.unique(keys, axis=0)) == len(keys)


def _counts(table: Table, column: str, group: str | None = None) -> bool:
    """Whether numbers count on, as times do and measurements do not: in order, or in even steps."""
    values = time_ranks(table, column)
    groups = np.zeros(len(values), dtype=np.int64) if group is None else group_codes(table, group)
    order = np.argsort(groups, kind="stable")
    within = np.diff(values[order])[np.diff(groups[order]) == 0]
    if (within > 0).all() or (within < 0).all():
        return True
    gaps = np.diff(np.unique(table.frame[column].to_numpy(dtype=np.float64)))
    return bool(np.isclose(gaps, np.median(gaps), rtol=1e-3).mean() >= _EVEN)


def _rises(table: Table, columns: Sequence[str]) -> bool:
    """Whether columns such as year, month and day count up together, the widest unit first."""
    if not all(_is_whole_column_of_numbers(table, column) for column in columns):
        return False
    values = table.frame[list(columns)].to_numpy(dtype=np.float64)
    order = np.argsort([len(np.unique(column)) for column in values.T], kind="stable")
    for keys in (values.T, values.T[order], values.T[::-1]):
        steps = np.diff(keys, axis=1)
        first = (steps != 0).argmax(axis=0)
        if (steps[first, np.arange(steps.shape[1])] > 0).all():
            return True
    return False


def _holds_dates(table: Table, column: str) -> bool:
    cells = table.frame[column]
    if pd.api.types.is_datetime64_any_dtype(cells):
        return bool(cells.notna().all())
    if pd.api.types.is_numeric_dtype(cells) or cells.isna().any():
        return False
    if not all(_LIKE_A_DATE.fullmatch(str(cell)) for cell in cells.iloc[:_LOOKED_AT]):
        return False
    try:
        time_ranks(table, column)
    except DataError:
        return False
    return True


def _is_whole_column_of_numbers(table: Table, column: str) -> bool:
    cells = table.frame[column]
    return (
        pd.api.types.is_numeric_dtype(cells)
        and not pd.api.types.is_bool_dtype(cells)
        and bool(np.isfinite(cells.to_numpy(dtype=np.float64)).all())
    )


def _words(column: str) -> set[str]:
    return set(re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column).lower()))


def _is_named_like_a_time(column: str) -> bool:
    return bool(_words(column) & _TIME_WORDS)


def _tells_nothing(table: Table, column: str) -> str | None:
    cells = table.frame[column]
    if cells.isna().all():
        return "is empty"
    different = cells.nunique()
    if different == 1 and cells.notna().all():
        return "is the same in every row"
    if _holds_dates(table, column):
        return "holds dates, which are neither numbers nor categories"
    if holds_categories(table, column):
        if missing := int(cells.isna().sum()):
            return f"holds text, and {missing:,} of its cells {'is' if missing == 1 else 'are'} missing"
        return f"holds {different:,} different texts" if different > _MOST_LABELS else None
    if _words(column) & _NUMBERING and different == len(cells):
        return "only numbers the rows"
    return None


def left_out_text(left_out: dict[str, str]) -> str:
    """Which columns are no features, and why."""
    return "; ".join(f"{quoted(column)} {reason}" for column, reason in left_out.items())
