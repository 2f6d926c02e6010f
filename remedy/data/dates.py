"""Text and numbers that stand for dates and times, and whether the day, the month or the year comes first."""

from __future__ import annotations

import re
import warnings
from typing import Literal

import pandas as pd
from pandas.tseries.api import guess_datetime_format

from remedy.data.wording import quoted

DateOrder = Literal["day", "month", "year"]
"""What comes first in a date that is written in numbers."""

_THREE_NUMBERS = (
    r"^\s*(?P<first>\d{1,2})(?P<mark>[./-])(?P<second>\d{1,2})(?P=mark)(?P<third>\d{4}|\d{2})(?!\d)"
)
_MONTHS, _DAYS = 12, 31
_DIGITS = {"Y": 4, "j": 3} | dict.fromkeys("dmyHIMS", 2)
_DIRECTIVE_OR_MARK = re.compile(r"%(.)|[^%]", re.DOTALL)
_FORMS_OF_NUMBERS = ("%d%m%Y", "%m%d%Y", "%m.%Y")
_YEARS = (1800, 2200)
_LOOKED_AT = 200


def read_dates(cells: pd.Series, form: str | None = None) -> pd.Series:
    """The dates and times that cells stand for (without a zone: UTC), `NaT` where they stand for none.

    Args:
        cells: text, numbers or times.
        form: as `datetime.strptime` takes it; without it, what all cells have in common.
    """
    if pd.api.types.is_datetime64_any_dtype(cells):
        return pd.to_datetime(cells, errors="coerce", utc=True)
    form = form or form_of_numbers(cells)
    if form is not None:
        digits = digits_of_numbers(cells, form)
        if digits is None:
            text = cells.astype(str)
        else:
            text = cells.map(digits.format)
            text = text.where(text.astype(float) == cells)  # what would be cut off is no date
        return pd.to_datetime(text, errors="coerce", utc=True, format=form)
    return _read(cells, date_order(cells))


def digits_of_numbers(cells: pd.Series, form: str) -> str | None:
    """How numbers are written out as dates of a form, with zeros that were lost: `{:08d}`; `None` for text.

    >>> digits_of_numbers(pd.Series([1.202, 12.2021]), "%m.%Y")
    '{:07.4f}'
    """
    if not pd.api.types.is_numeric_dtype(cells) or pd.api.types.is_bool_dtype(cells):
        return None
    width = _width(form)
    if pd.api.types.is_integer_dtype(cells):
        return f"{{:0{width}d}}"
    _, point, fraction = form.rpartition(".")
    return f"{{:0{width}.{_width(fraction) if point else 0}f}}"


def form_of_numbers(cells: pd.Series) -> str | None:
    """The form of numbers that are dates: 1022024 (the first of February, without its zero), 1.202.

    Returns:
        The form with which the rows are closer to being in order than as numbers; `None` if there is none.
    """
    if not pd.api.types.is_numeric_dtype(cells) or pd.api.types.is_bool_dtype(cells) or cells.isna().any():
        return None
    fewest, best = _turns(cells.astype(float)), None
    for form in _FORMS_OF_NUMBERS:
        if fewest and _are_dates(cells.iloc[:_LOOKED_AT], form) and _are_dates(cells, form):
            turns = _turns(read_dates(cells, form))
            if turns < fewest:
                fewest, best = turns, form
    return best


def _are_dates(cells: pd.Series, form: str) -> bool:
    """Whether numbers, written out as dates of a form, are dates of recent centuries."""
    return bool(read_dates(cells, form).dt.year.between(*_YEARS).all())


def date_order(cells: pd.Series) -> DateOrder:
    """What comes first in dates such as 03.02.2024, 03/02/2024 or 24-02-03.

    With dots it is the day, unless it cannot be. Else it is what all of them can begin with. Where that is
    day or month, the reading counts with which the rows are closer to being in order, and if both are, the
    month. The year is first if nothing else can be, or if less than half as many rows are out of order then.
    """
    possible = _possible_orders(cells)
    if len(possible) == 1:
        return possible[0]
    turns = {order: _turns(_read(cells, order)) for order in possible}
    *usual, last = possible
    if last != "year":
        usual.append(last)
    likeliest = min(usual, key=lambda order: turns[order])
    return "year" if last == "year" and 2 * turns["year"] < turns[likeliest] else likeliest


def doubt_about_dates(cells: pd.Series) -> str | None:
    """What to tell about dates of which nothing but a guess says what comes first in them.

    Returns:
        How one of them is read, and how to have it read otherwise; `None` if there is no doubt: a day above
        12 shows it, or the rows are in the same order either way.
    """
    form = form_of_numbers(cells)
    if form is not None:
        date = read_dates(cells, form).iloc[0]
        return (
            f"{cells.iloc[0]} is taken for {date.day} {date:%B %Y} (format {form}), as the rows are closer "
            "to being in order then"
        )
    order, possible = date_order(cells), _possible_orders(cells)
    dates = {one: _read(cells, one) for one in possible}
    turns = {one: _turns(dates[one]) for one in possible}
    doubtful = [
        one
        for one in possible
        if (one != "year" or turns[one] <= turns[order])
        and not dates[one].rank(method="dense").equals(dates[order].rank(method="dense"))
    ]
    if not doubtful:
        return None
    differing = dates[doubtful[0]] != dates[order]
    cell, date = str(cells[differing].iloc[0]).strip(), dates[order][differing].iloc[0]
    other = _form_of(cell, doubtful[0])
    mend = "write dates like 2024-01-31" if other is None else f"set data.time_format: {other!r}"
    return f"{quoted(cell)} is taken for {date.day} {date:%B %Y}, which is a guess; if it is wrong, {mend}"


def _possible_orders(cells: pd.Series) -> list[DateOrder]:
    """What all dates can begin with, the likeliest first; if they hold no numbers, as pandas has it."""
    if pd.api.types.is_datetime64_any_dtype(cells) or pd.api.types.is_numeric_dtype(cells):
        return ["month"]
    parts = cells.astype(str).str.extract(_THREE_NUMBERS).dropna()
    if parts.empty:
        return ["month"]
    first, second, third = (parts[name].astype(int) for name in ("first", "second", "third"))
    dotted = bool((parts["mark"] == ".").all())
    holds = {
        "month": not dotted and first.between(1, _MONTHS).all() and second.between(1, _DAYS).all(),
        "day": first.between(1, _DAYS).all() and second.between(1, _MONTHS).all(),
        "year": (parts["third"].str.len() == 2).all()
        and second.between(1, _MONTHS).all()
        and third.between(1, _DAYS).all(),
    }
    orders: tuple[DateOrder, ...] = ("month", "day", "year")
    return [order for order in orders if holds[order]] or ["day" if dotted else "month"]


def _form_of(cell: str, order: DateOrder) -> str | None:
    if order == "year":
        return re.sub(_THREE_NUMBERS, r"%y\g<mark>%m\g<mark>%d", cell) if cell.count(":") == 0 else None
    return guess_datetime_format(cell, dayfirst=order == "day")


def _read(cells: pd.Series, order: DateOrder) -> pd.Series:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return pd.to_datetime(
            cells, errors="coerce", utc=True, dayfirst=order == "day", yearfirst=order == "year"
        )


def _turns(times: pd.Series) -> int:
    """How often times turn round from one row to the next, in a file that counts up or down."""
    steps = times.diff()
    zero = pd.Timedelta(0) if pd.api.types.is_timedelta64_dtype(steps) else 0
    return int(min((steps < zero).sum(), (steps > zero).sum()))


def _width(form: str) -> int:
    """How many characters dates of a form have, whose directives are all numbers; 0 if some are not."""
    sizes = [_DIGITS.get(found[1], 0) if found[1] else 1 for found in _DIRECTIVE_OR_MARK.finditer(form)]
    return sum(sizes) if all(sizes) else 0
