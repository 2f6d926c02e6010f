"""What the columns of a table are taken for."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from remedy.data import Table
from remedy.drafting.roles import find_roles

GENERATOR = np.random.default_rng(0)


def _table(**columns: Any) -> Table:
    return Table("rows.csv", pd.DataFrame(columns), fingerprint="0" * 64)


def _noise(rows: int) -> Any:
    return GENERATOR.normal(size=rows)


@pytest.mark.parametrize(
    "times",
    [
        pd.date_range("2024-01-01", periods=60, freq="h").strftime("%Y-%m-%d %H:%M"),
        pd.date_range("2024-01-01", periods=60, freq="D").strftime("%d.%m.%Y"),
        pd.date_range("2024-01-01", periods=60, freq="D"),
    ],
    ids=["text with times", "German dates", "dates of a Parquet file"],
)
def test_dates_order_the_rows(times: Any) -> None:
    roles = find_roles(_table(stamp=times, y=_noise(60), x=_noise(60)), ["y"])
    assert roles.time is not None
    assert roles.time.name == "stamp"
    assert roles.ordered
    assert roles.features == ("x",)


@pytest.mark.parametrize("name", ["year", "Year", "TIME", "week_number", "tradingDay", "timestamp"])
def test_distinct_numbers_named_like_a_time_order_the_rows(name: str) -> None:
    table = _table(**{name: np.arange(60.0), "y": _noise(60), "x": _noise(60)})
    roles = find_roles(table, ["y"])
    assert roles.time is not None
    assert roles.time.name == name


@pytest.mark.parametrize("name", ["yearly_income", "daylight", "x", "overtime", "monthlyrate"])
def test_distinct_numbers_of_another_name_are_features(name: str) -> None:
    roles = find_roles(_table(**{name: np.arange(60.0), "y": _noise(60)}), ["y"])
    assert roles.time is None
    assert roles.features == (name,)
    assert not roles.ordered


@pytest.mark.parametrize("name", ["response_time", "T", "seconds_per_day", "week"])
@pytest.mark.parametrize("whole", [False, True])
def test_measurements_are_no_times_whatever_their_name(name: str, whole: bool) -> None:
    values = GENERATOR.permutation(np.cumsum(GENERATOR.exponential(size=60) * 50 + 1))
    values = values.round() if whole else values
    roles = find_roles(_table(**{name: values, "x": _noise(60), "y": _noise(60)}), ["y"])
    assert (roles.time, roles.ordered, roles.features) == (None, False, (name, "x"))
    in_order = find_roles(_table(**{name: np.sort(values), "x": _noise(60), "y": _noise(60)}), ["y"])
    assert in_order.time is not None


def test_times_that_come_mixed_are_told_by_their_even_steps() -> None:
    times = GENERATOR.permutation(np.delete(np.arange(60) * 0.25, [7, 30]))
    roles = find_roles(_table(time=times, x=_noise(58), y=_noise(58)), ["y"])
    assert roles.time is not None
    series = _table(step=np.tile(times, 2), station=np.repeat([1, 2], 58), x=_noise(116), y=_noise(116))
    roles = find_roles(series, ["y"])
    assert roles.time is not None
    assert roles.group is not None


def test_columns_of_a_parquet_file_that_hold_neither_numbers_nor_text_are_left_out() -> None:
    days = pd.timedelta_range("1h", periods=60)
    table = _table(lists=[[1]] * 60, clock=[datetime.time(3)] * 60, lasted=days, x=_noise(60), y=_noise(60))
    roles = find_roles(table, ["y"])
    assert roles.features == ("x",)
    assert roles.left_out == dict.fromkeys(["clock", "lasted", "lists"], "holds neither numbers nor text")
    assert not roles.ordered


def test_text_with_missing_cells_is_left_out() -> None:
    sex = pd.Series(["m", "f"] * 30, dtype=object)
    sex[3] = None
    roles = find_roles(_table(sex=sex, x=_noise(60), y=_noise(60)), ["y"])
    assert roles.features == ("x",)
    assert roles.left_out == {"sex": "holds text, and 1 of its cells is missing"}


def test_the_target_is_never_the_time() -> None:
    assert find_roles(_table(year=np.arange(60), x=_noise(60)), ["year"]).time is None


def test_a_month_that_comes_again_is_a_feature_and_no_order() -> None:
    shuffled = GENERATOR.permutation(np.arange(120) % 12)
    roles = find_roles(_table(month=shuffled, y=_noise(120)), ["y"])
    assert (roles.time, roles.ordered, roles.features) == (None, False, ("month",))


@pytest.mark.parametrize("order", [["year", "month"], ["month", "year"]])
def test_year_and_month_that_count_up_together_are_an_order(order: list[str]) -> None:
    columns = {"year": np.repeat(np.arange(2000, 2010), 12), "month": np.tile(np.arange(1, 13), 10)}
    table = _table(**{name: columns[name] for name in order}, y=_noise(120))
    roles = find_roles(table, ["y"])
    assert roles.ordered
    assert roles.time is None
    backwards = Table("rows.csv", table.frame.iloc[::-1].reset_index(drop=True), "0" * 64)
    assert not find_roles(backwards, ["y"]).ordered


@pytest.mark.parametrize("labels", [["north", "south", "east"], [7, 8, 9]], ids=["text", "numbers"])
def test_a_column_that_makes_times_distinct_names_the_series(labels: list[Any]) -> None:
    days = pd.date_range("2024-01-01", periods=40).strftime("%Y-%m-%d")
    table = _table(day=np.repeat(days, 3), station=np.tile(labels, 40), kind=["a", "b"] * 60, y=_noise(120))
    roles = find_roles(table, ["y"])
    assert roles.group is not None
    assert roles.group.name == "station"
    assert "3 series" in roles.group.reason
    assert roles.ordered
    assert roles.features == ("kind",)


def test_a_quarter_beside_a_year_names_no_series() -> None:
    quarters = {"year": np.repeat(np.arange(1959, 2009), 4), "quarter": np.tile([1, 2, 3, 4], 50)}
    roles = find_roles(_table(**quarters, x=_noise(200), y=_noise(200)), ["y"])
    assert (roles.time, roles.group) == (None, None)
    assert roles.ordered
    assert roles.features == ("year", "quarter", "x")


def test_equal_times_without_a_series_are_no_order_for_windows() -> None:
    days = pd.date_range("2024-01-01", periods=40).strftime("%Y-%m-%d")
    roles = find_roles(_table(day=np.repeat(days, 3), x=_noise(120), y=_noise(120)), ["y"])
    assert roles.time is not None
    assert roles.group is None
    assert not roles.ordered


def test_a_target_alone_is_a_series_in_the_order_of_the_file() -> None:
    assert find_roles(_table(y=_noise(60)), ["y"]).ordered


def test_columns_that_tell_nothing_are_left_out_with_the_reason() -> None:
    table = _table(
        id=np.arange(90),
        note=[f"text {n}" for n in range(90)],
        one=np.ones(90),
        nothing=[None] * 90,
        born=["1990-01-02", "1990-01-02", "1991-05-06"] * 30,
        x=_noise(90),
        gaps=[None, 1.0, 1.0] * 30,
        city=["Bonn", "Kiel", "Ulm"] * 30,
        y=_noise(90),
    )
    table.frame["died"] = pd.date_range("2024-01-01", periods=90).strftime("%Y-%m-%d")
    roles = find_roles(table, ["y"])
    assert roles.time is not None
    assert roles.time.name == "died"
    assert roles.features == ("x", "gaps", "city")
    assert roles.left_out == {
        "id": "only numbers the rows",
        "note": "holds 90 different texts",
        "one": "is the same in every row",
        "nothing": "is empty",
        "born": "holds dates, which are neither numbers nor categories",
    }
