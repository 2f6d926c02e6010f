"""Text that stands for dates and times, and whether the day or the month comes first in it."""

from __future__ import annotations

import warnings

import pandas as pd
from pandas.tseries.api import guess_datetime_format

from remedy.data.wording import quoted

_DAY_AND_MONTH = r"^\s*(?P<first>\d{1,2})(?P<mark>[./-])(?P<second>\d{1,2})(?P=mark)\d{2,4}(?!\d)"
_MONTHS = 12


def read_dates(cells: pd.Series, form: str | None = None) -> pd.Series:
    """The dates and times that cells stand for (without a zone: UTC), `NaT` where they stand for none.

    Args:
        cells: text, numbers or times.
        form: as `datetime.strptime` takes it; without it, what all cells have in common.
    """
    if pd.api.types.is_datetime64_any_dtype(cells):
        return pd.to_datetime(cells, errors="coerce", utc=True)
    if form is not None:
        text = cells.astype(str)
        if (width := leading_zeros(cells)) is not None:
            text = text.str.zfill(width)
        return pd.to_datetime(text, errors="coerce", utc=True, format=form)
    return _read(cells, day_first=begins_with_the_day(cells))


def leading_zeros(cells: pd.Series) -> int | None:
    """The digits that numbers such as 1022024 had before their zeros were lost; `None` for text."""
    return int(cells.astype(str).str.len().max()) if pd.api.types.is_numeric_dtype(cells) else None


def begins_with_the_day(cells: pd.Series) -> bool:
    """Whether dates such as 03.02.2024 or 03/02/2024 mean the 3rd of February.

    With dots they do; else they do if one of them has no other meaning. If every day may be a month, the
    reading counts with which the rows are closer to being in order, and if both are, the month comes first.
    """
    parts = _parts(cells)
    if parts.empty:
        return False
    if (parts["mark"] == ".").all():
        return True
    first, second = (parts[column].astype(int) > _MONTHS for column in ("first", "second"))
    if first.any() or second.any():
        return not second.any()
    return _breaks(cells, day_first=True) < _breaks(cells, day_first=False)


def doubt_about_dates(cells: pd.Series) -> str | None:
    """What to tell about dates of which nothing but a guess says whether day or month comes first.

    Returns:
        How one of them is read, and how to have it read otherwise; `None` if there is no doubt: a day above
        12 shows it, or the rows are in the same order either way.
    """
    parts = _parts(cells)
    first, second = (parts.get(column, pd.Series(dtype=str)).astype(int) for column in ("first", "second"))
    differing = cells.loc[parts.index][first != second]
    if differing.empty or (parts["mark"] == ".").all() or max(first.max(), second.max()) > _MONTHS:
        return None
    ranks = [_read(cells, day_first=way).rank(method="dense") for way in (True, False)]
    if ranks[0].equals(ranks[1]):
        return None
    cell, day_first = differing.astype(str).iloc[0].strip(), begins_with_the_day(cells)
    date = _read(differing.iloc[:1], day_first=day_first).iloc[0]
    other = guess_datetime_format(cell, dayfirst=not day_first)
    mend = "write dates like 2024-01-31" if other is None else f"set data.time_format: {other!r}"
    return f"{quoted(cell)} is taken for {date.day} {date:%B %Y}, which is a guess; if it is wrong, {mend}"


def _parts(cells: pd.Series) -> pd.DataFrame:
    if pd.api.types.is_datetime64_any_dtype(cells):
        return pd.DataFrame()
    return cells.astype(str).str.extract(_DAY_AND_MONTH).dropna()


def _read(cells: pd.Series, *, day_first: bool) -> pd.Series:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return pd.to_datetime(cells, errors="coerce", utc=True, dayfirst=day_first)


def _breaks(cells: pd.Series, *, day_first: bool) -> int:
    """How often the times turn round from one row to the next, in a file that counts up or down."""
    steps = _read(cells, day_first=day_first).diff().dt.total_seconds()
    return int(min((steps < 0).sum(), (steps > 0).sum()))
