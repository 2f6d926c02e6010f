"""A Parquet file means what the same table means as text."""

from __future__ import annotations

import datetime
import decimal
import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remedy.data import Dataset, Split
from remedy.data.dataset import named_inputs
from remedy.errors import DataError

Load = Callable[..., Dataset]
ROWS = 60


def _parquet(columns: Mapping[str, Any]) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(dict(columns)), file)
    return file.getvalue()


def _assert_same(one: Dataset, other: Dataset) -> None:
    for left, right in zip(_parts(one), _parts(other), strict=True):
        assert named_inputs(left.X).keys() == named_inputs(right.X).keys()
        for name, array in named_inputs(left.X).items():
            np.testing.assert_array_equal(array, named_inputs(right.X)[name], strict=True)
        np.testing.assert_array_equal(left.y, right.y, strict=True)
        np.testing.assert_array_equal(left.target_rows, right.target_rows)
        if left.persistence is not None:
            np.testing.assert_array_equal(left.persistence, right.persistence)
    facts = ("task", "features", "targets", "classes", "rows", "split_by")
    assert [getattr(one, fact) for fact in facts] == [getattr(other, fact) for fact in facts]


def _parts(dataset: Dataset) -> tuple[Split, Split, Split]:
    return dataset.train, dataset.validation, dataset.test


@st.composite
def _tables(draw: st.DrawFn) -> tuple[pd.DataFrame, dict[str, Any]]:
    generator = np.random.default_rng(draw(st.integers(0, 1000)))
    rows = np.arange(ROWS)
    frame = pd.DataFrame(
        {
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(generator.permutation(rows), unit="h"),
            "station": generator.choice(["north", "south"], ROWS),
            "city": generator.choice(["Bonn", "Köln", "Aachen, Altstadt"], ROWS),
            "wet": generator.random(ROWS) > 0.5,
            "count": generator.integers(-(2**53), 2**53, ROWS),
            "x": generator.normal(size=ROWS) * 10.0 ** generator.integers(-30, 30, ROWS),
            "gaps": np.where(generator.random(ROWS) < 0.2, np.nan, generator.normal(size=ROWS)),
            "y": generator.normal(size=ROWS),
            "label": generator.choice(["a", "b", "c"], ROWS),
        }
    )
    others = st.lists(st.sampled_from(["x", "gaps"]), unique=True)
    section: dict[str, Any] = {
        "target": [draw(st.sampled_from(["y", "label", "wet"]))],
        "features": ["city", *draw(others)],
        "time": draw(st.sampled_from(["when", "count"])),
        "categorical": draw(st.sampled_from([None, "one_hot", "integer", {"city": "integer"}])),
        "split": {"validation": 0.3, "test": 0.3},
    }
    if draw(st.booleans()):
        section["window"] = {"length": 2, "horizon": draw(st.sampled_from([1, [1, 2]]))}
        section["target"] = ["y"]
    return frame, section


@given(table=_tables())
def test_the_same_table_as_csv_and_parquet_gives_the_same_samples_to_the_last_bit(
    load: Load, table: tuple[pd.DataFrame, dict[str, Any]]
) -> None:
    frame, section = table
    as_text = load(frame.to_csv(index=False, float_format="%.17g"), **section)
    _assert_same(load(frame, ending=".parquet", **section), as_text)


@given(values=st.lists(st.floats(-1e38, 1e38), min_size=ROWS, max_size=ROWS))
def test_numbers_survive_text_to_the_last_bit(load: Load, values: list[float]) -> None:
    frame = pd.DataFrame({"x": values, "y": np.arange(ROWS) % 7})
    section: dict[str, Any] = {"target": ["y"], "features": ["x"]}
    as_text = load(frame.to_csv(index=False, float_format="%.17g"), **section)
    _assert_same(load(frame, ending=".PARQUET", **section), as_text)


def test_encoded_labels_decimals_and_dates_are_read_as_what_they_stand_for(load: Load) -> None:
    days = [datetime.date(2024, 1, 1) + datetime.timedelta(row) for row in range(ROWS)][::-1]
    source = _parquet(
        {
            "day": pa.array(days),
            "city": pa.array(["a", "b"] * (ROWS // 2)).dictionary_encode(),
            "price": pa.array([decimal.Decimal(row) / 4 for row in range(ROWS)]),
            "small": pa.array(np.arange(ROWS).astype(np.float16)),
            "y": np.arange(ROWS) % 7,
        }
    )
    dataset = load(source, ["y"], time="day", ending=".parquet")
    assert dataset.features == ("city=a", "city=b", "price", "small")
    rows = dataset.train.target_rows
    assert rows.tolist() == list(range(ROWS - 1, 17, -1))
    X = named_inputs(dataset.train.X)["X"]
    np.testing.assert_array_equal(X, np.stack([rows % 2 == 0, rows % 2, rows / 4, rows], axis=1))


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_empty_text_is_a_missing_cell_as_in_a_text_file(load: Load, kind: pa.DataType) -> None:
    source = _parquet({"city": pa.array(["a", "b", ""] * 20, kind), "y": np.arange(ROWS) % 7})
    with pytest.raises(
        DataError, match=r"'city' of rows\.parquet has 20 missing cells .* the first in row 2"
    ):
        load(source, ["y"], ending=".parquet")


def test_an_index_with_a_name_is_a_column_and_one_that_only_counts_is_none(load: Load) -> None:
    frame = pd.DataFrame({"x": np.arange(ROWS), "y": np.arange(ROWS) % 7})
    for index in (frame.index, pd.Index(np.arange(ROWS) ** 2)):
        assert load(frame.set_index(index), ["y"], ending=".parquet").features == ("x",)
    named = frame.set_index(pd.Index(np.arange(ROWS) ** 2, name="n"))
    assert set(load(named, ["y"], ending=".parquet").features) == {"n", "x"}


def test_columns_that_are_not_used_may_hold_anything_here_too(load: Load) -> None:
    source = _parquet({"odd": [[1, 2]] * ROWS, "x": np.arange(ROWS), "y": np.arange(ROWS) % 7})
    assert load(source, ["y"], features=["x"], ending=".parquet").features == ("x",)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([[1, 2]] * ROWS, "ndarray"),
        ([{"a": 1}] * ROWS, "dict"),
        ([b"x"] * ROWS, "bytes"),
        ([None] + [datetime.timedelta(1)] * (ROWS - 1), "Timedelta"),
        ([datetime.time(12)] * ROWS, "time"),
    ],
)
def test_cells_that_are_neither_numbers_nor_text_are_named_by_row(
    load: Load, cells: list[object], kind: str
) -> None:
    source = _parquet({"odd": cells, "y": np.arange(ROWS) % 7})
    with pytest.raises(DataError, match=rf"'odd' of rows\.parquet holds .*row [01] holds .* a {kind}\)"):
        load(source, ["y"], ending=".parquet")


def test_a_date_is_no_number(load: Load) -> None:
    frame = pd.DataFrame({"x": np.arange(ROWS), "y": pd.date_range("2024-01-01", periods=ROWS)})
    for ending in (".csv", ".parquet"):
        with pytest.raises(DataError, match=r"'y' of rows.* is not numeric .* holds '2024-01-01"):
            load(frame, ["y"], "regression", ending=ending)


@pytest.fixture(scope="module")
def good() -> bytes:
    return _parquet({"x": np.arange(ROWS), "city": ["a", "b"] * (ROWS // 2), "y": np.arange(ROWS) % 7})


@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_in_one_line(load: Load, good: bytes, data: st.DataObject) -> None:
    damaged = bytearray(good)
    start = data.draw(st.integers(0, len(good) - 1))
    damaged[start : start + data.draw(st.integers(1, 40))] = data.draw(st.binary(max_size=40))
    try:
        load(bytes(damaged), ["y"], ending=".parquet")
    except DataError as error:
        assert "\n" not in str(error)  # noqa: PT017 - most damages are found, some change a value only


@pytest.mark.parametrize(
    ("kept", "added", "reason"),
    [
        (0, b"", "0 bytes"),
        (300, b"", "magic bytes"),
        (-4, b"PARE", "encrypted"),
        (0, b"x,y\n1,2\n3,4", "magic bytes"),
    ],
    ids=["empty", "cut off", "encrypted", "text"],
)
def test_a_file_that_is_not_parquet_says_why(
    load: Load, good: bytes, kept: int, added: bytes, reason: str
) -> None:
    with pytest.raises(DataError, match=rf"rows\.parquet cannot be read as a Parquet file \(.*{reason}"):
        load(good[:kept] + added, ["y"], ending=".parquet")


def test_a_file_without_rows_is_refused(load: Load) -> None:
    with pytest.raises(DataError, match=r"rows\.parquet has no data rows"):
        load(_parquet({"y": pa.array([], pa.float64())}), ["y"], ending=".parquet")


def test_what_is_said_of_a_damaged_file_does_nothing_to_a_terminal(load: Load, good: bytes) -> None:
    footer = good[: -8 - int.from_bytes(good[-8:-4], "little")] + b"\x0e" * 40
    with pytest.raises(DataError, match="cannot be read as a Parquet file") as caught:
        load(footer + (40).to_bytes(4, "little") + b"PAR1", ["y"], ending=".parquet")
    assert str(caught.value).isprintable()
