from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from remedy.data import Dataset
from remedy.data.dates import date_order
from remedy.errors import DataError

Load = Callable[..., Dataset]
ROWS = 60


def _shuffled(times: list[str] | list[float]) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows in a jumbled order, and each row's true place."""
    place = np.random.default_rng(1).permutation(len(times))
    return pd.DataFrame({"t": [times[row] for row in place], "y": place % 13}), place


@pytest.mark.parametrize(
    "times",
    [
        list(range(ROWS)),
        [row / 3 - 5 for row in range(ROWS)],
        [f"{1700 + row}-01" for row in range(ROWS)],
        [f"{day}/{month:02d}/2020" for month in range(1, 5) for day in range(13, 28)],
        [f"{day:02d}.{month:02d}.2020" for month in range(1, 13) for day in range(1, 6)],
        [f"{day}.{month}.20 12:00" for month in range(1, 5) for day in range(1, 16)],
        [f"{day:02d}-{month:02d}-2020" for month in range(1, 5) for day in range(1, 16)],
        [f"{month}/{day}/2020" for month in range(1, 5) for day in range(1, 16)],
        [f"2020-01-01 00:00:{row:02d}" for row in range(ROWS)],
        [f"2020-01-{1 + row // 24:02d}T{row % 24:02d}:30:00+02:00" for row in range(ROWS)],
        [f"{month} {1700 + year}" for year in range(20) for month in ("Feb", "Mar", "Nov")],
    ],
    ids=[
        "integers",
        "floats",
        "months",
        "day first",
        "dots",
        "dots and times",
        "day first somewhere",
        "month first",
        "seconds",
        "time zone",
        "month names",
    ],
)
def test_rows_are_put_in_order_of_time(load: Load, times: list[str] | list[float]) -> None:
    frame, place = _shuffled(times)
    dataset = load(frame, ["y"], time="t", window={"length": 3})
    assert (np.diff(place[dataset.train.rows], axis=1) == 1).all()
    assert place[dataset.train.target_rows].tolist() == list(range(3, 42))


def test_numbers_sort_as_numbers_not_as_text(load: Load) -> None:
    frame = pd.DataFrame({"t": np.arange(ROWS)[::-1], "x": np.arange(ROWS), "y": np.arange(ROWS) % 7})
    dataset = load(frame, ["y"], time="t")
    assert dataset.train.target_rows.tolist() == list(range(ROWS - 1, 17, -1))


def test_rows_of_equal_time_keep_the_order_of_the_file(load: Load) -> None:
    frame = pd.DataFrame({"t": np.arange(ROWS) // 3 % 2, "y": np.arange(ROWS) % 7})
    dataset = load(frame, ["y"], time="t", window={"length": 1}, split={"by": "random"})
    expected = np.argsort(frame["t"].to_numpy(), kind="stable")
    place = np.empty(ROWS, dtype=int)
    place[expected] = np.arange(ROWS)
    assert (place[dataset.train.target_rows] - place[dataset.train.rows[:, 0]] == 1).all()
    assert any("equal times" in note and "data.group" in note for note in dataset.notes)


def test_distinct_times_need_no_note(load: Load) -> None:
    frame = pd.DataFrame({"t": np.arange(ROWS), "y": np.arange(ROWS) % 7})
    assert not any("equal times" in note for note in load(frame, ["y"], time="t", window={"length": 1}).notes)


def test_series_of_several_groups_may_have_equal_times(load: Load) -> None:
    frame = pd.DataFrame({"t": np.arange(ROWS) // 2, "g": np.arange(ROWS) % 2, "y": np.arange(ROWS) % 7})
    dataset = load(frame, ["y"], time="t", group="g", window={"length": 1})
    assert not any("equal times" in note for note in dataset.notes)


DAILY = [(day, month) for month in range(1, 6) for day in range(1, 13)]


@pytest.mark.parametrize("clock", ["", " 12:30"])
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(
    ("form", "other"), [("{:02d}/{:02d}/2020", "%m/%d/%Y"), ("{1}-{0}-2020", "%d-%m-%Y")]
)
def test_where_every_day_may_be_a_month_the_order_of_the_rows_tells(
    load: Load, form: str, other: str, clock: str, *, backwards: bool
) -> None:
    times = [form.format(day, month) + clock for day, month in DAILY]
    numbers = np.arange(len(times))
    frame = pd.DataFrame({"t": times, "n": numbers, "y": numbers % 13})[:: -1 if backwards else 1]
    dataset = load(frame, ["y"], time="t", features=["n"], window={"length": 3})
    X = dataset.train.X
    assert isinstance(X, np.ndarray)
    assert (np.diff(X[:, :, 0], axis=1) == 1).all()
    [note] = [note for note in dataset.notes if "guess" in note]
    shown, date = (times[-1], "12 May 2020") if backwards else (times[1], "2 January 2020")
    assert f"'{shown}' is taken for {date}" in note
    mended = other + (" %H:%M" if clock else "")
    assert f"set data.time_format: {mended!r}" in note
    other_way = load(frame, ["y"], time="t", time_format=mended, window={"length": 3})
    assert not any("guess" in note for note in other_way.notes)
    assert other_way.train.target_rows.tolist() != dataset.train.target_rows.tolist()


@pytest.mark.parametrize(
    "form", ["01/{:02d}/2020", "{:02d}/01/2020", "{0:02d}/{0:02d}/2020", "01.{:02d}.2020"]
)
def test_no_doubt_is_told_where_it_changes_nothing(load: Load, form: str) -> None:
    frame = pd.DataFrame(
        {"t": [form.format(1 + row % 12) for row in range(36)], "x": range(36), "y": range(36)}
    )
    assert not any("guess" in note for note in load(frame, ["y"], time="t").notes)


def test_numbers_are_dates_if_a_format_says_so(load: Load) -> None:
    times = [day * 1_000_000 + month * 10_000 + 2020 for month in range(1, 5) for day in range(10, 28)]
    frame = pd.DataFrame({"t": times, "y": np.arange(len(times)) % 13})
    dataset = load(frame, ["y"], time="t", time_format="%d%m%Y", window={"length": 3})
    assert dataset.train.target_rows.tolist() == list(range(3, 3 + len(dataset.train.target_rows)))


def _assert_in_order(load: Load, times: list[Any], **options: Any) -> list[str]:
    """The notes, once it is seen that rows of these times, which the file has in order, are read in order."""
    frame = pd.DataFrame({"t": times, "n": np.arange(len(times)), "y": np.arange(len(times)) % 13})
    dataset = load(frame, ["y"], time="t", features=["n"], window={"length": 3}, **options)
    X = dataset.train.X
    assert isinstance(X, np.ndarray)
    assert (np.diff(X[:, :, 0], axis=1) == 1).all()
    return list(dataset.notes)


@pytest.mark.parametrize("form", ["%m%d%Y", "%d%m%Y", "%Y%m%d"])
def test_numbers_that_all_lost_their_zero_are_dates_of_the_format(load: Load, form: str) -> None:
    days = pd.date_range("2024-01-01", periods=100, freq="MS" if form == "%d%m%Y" else "D")
    days = days[days.month < 10] if form == "%m%d%Y" else days
    _assert_in_order(load, days.strftime(form).astype(int).tolist(), time_format=form)


@pytest.mark.parametrize(
    ("form", "freq"), [("%d%m%Y", "D"), ("%m%d%Y", "W"), ("%m.%Y", "MS"), ("%d%m%Y", "MS")]
)
def test_numbers_are_dates_if_that_puts_the_rows_assert_in_order(load: Load, form: str, freq: str) -> None:
    days = pd.date_range("2019-03-04" if freq == "W" else "2019-03-01", periods=100, freq=freq)
    numbers = days.strftime(form).astype(float if "." in form else int).tolist()
    [note] = [note for note in _assert_in_order(load, numbers) if "taken for" in note]
    assert f"{numbers[0]} is taken for {days[0].day} March 2019 (format {form})" in note
    assert not any("taken for" in note for note in _assert_in_order(load, numbers, time_format=form))


@pytest.mark.parametrize("times", [range(1012000, 1012100), range(20240101, 20240161), np.arange(60) / 7])
def test_other_numbers_are_no_dates(load: Load, times: Sequence[float]) -> None:
    numbers = list(times)
    assert not any("taken for" in note for note in _assert_in_order(load, numbers))
    mixed = np.random.default_rng(0).permutation(numbers)
    frame = pd.DataFrame({"t": mixed, "y": np.arange(len(mixed)) % 7, "n": np.argsort(np.argsort(mixed))})
    dataset = load(frame, ["y"], time="t", features=["n"], window={"length": 3})
    assert (np.diff(np.asarray(dataset.train.X)[:, :, 0], axis=1) == 1).all()


@pytest.mark.parametrize("form", ["%y-%m-%d", "%y/%m/%d", "%y-%m-%d %H:%M", "%y.%m.%d"])
def test_a_year_of_two_digits_may_come_first(load: Load, form: str) -> None:
    days = pd.date_range("2024-01-01", periods=100)
    notes = [note for note in _assert_in_order(load, days.strftime(form).tolist()) if "guess" in note]
    assert all("January 2024" in note or "February 2024" in note for note in notes)
    _assert_in_order(load, pd.date_range("1999-06-01", periods=100).strftime(form).tolist())


@pytest.mark.parametrize("form", ["%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%y"])
def test_a_year_of_two_digits_comes_last_if_that_is_no_worse(load: Load, form: str) -> None:
    days = pd.date_range("2023-12-20", periods=100)
    assert not any("guess" in note for note in _assert_in_order(load, days.strftime(form).tolist()))
    mixed = pd.Series(days).sample(frac=1, random_state=0).dt.strftime(form)
    assert date_order(mixed) == {"d": "day", "m": "month"}[form[1]]


def test_fractions_of_a_day_are_not_cut_off_to_fit_a_format(load: Load) -> None:
    frame = pd.DataFrame({"t": np.arange(20240101, 20240131) + 0.25, "x": range(30), "y": range(30)})
    with pytest.raises(
        DataError, match=r"does not fit data.time_format '%Y%m%d' \(line 2 holds '20240101.25'"
    ):
        load(frame, ["y"], time="t", time_format="%Y%m%d")


def test_a_format_that_does_not_fit_names_the_cell(load: Load) -> None:
    frame = pd.DataFrame({"t": ["31/12/2020", "2021-01-01"] * 20, "x": range(40), "y": range(40)})
    with pytest.raises(
        DataError, match=r"does not fit data.time_format '%d/%m/%Y' \(line 3 holds '2021-01-01'"
    ):
        load(frame, ["y"], time="t", time_format="%d/%m/%Y")
