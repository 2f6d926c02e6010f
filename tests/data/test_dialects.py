"""Files are read as they are written, whatever separates cells and decimals."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remedy.data import Dataset, Split
from remedy.data.dataset import named_inputs
from remedy.data.dialect import find_delimiter

Load = Callable[..., Dataset]
ROWS = 40

numbers = st.floats(-1e30, 1e30, allow_subnormal=False)
labels = st.text(st.sampled_from("ab ,;|\t\"'\n.é5"), min_size=1, max_size=6).filter(str.strip)


def _written(header: list[str], rows: list[list[str]], delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow(header)
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _inputs(split: Split) -> np.ndarray:
    return named_inputs(split.X)["X"]


@given(
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    decimal=st.sampled_from([".", ","]),
    ending=st.sampled_from([".csv", ".tsv", ".txt"]),
    header=st.lists(labels.filter(lambda name: "\n" not in name), min_size=2, max_size=2, unique=True),
    values=st.lists(numbers, min_size=ROWS, max_size=ROWS),
)
def test_a_generated_dialect_is_read_back(
    load: Load, delimiter: str, decimal: str, ending: str, header: list[str], values: list[float]
) -> None:
    decimal = "." if delimiter == "," else decimal
    rows = [[f"{value:.17g}".replace(".", decimal), str(row % 7)] for row, value in enumerate(values)]
    dataset = load(
        _written(header, rows, delimiter), [header[1]], "regression", features=[header[0]], ending=ending
    )
    train = dataset.train
    np.testing.assert_array_equal(_inputs(train)[:, 0], np.array(values)[train.target_rows])
    usual = {".csv": ",", ".tsv": "\t", ".txt": "\t"}[ending]
    assert any("cells are separated" in note for note in dataset.notes) == (delimiter != usual)
    has_commas = decimal == "," and any("," in row[0] for row in rows)
    assert any("decimal comma" in note for note in dataset.notes) == has_commas


@given(
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    cells=st.lists(st.tuples(labels, labels, labels), min_size=3, max_size=20),
)
def test_delimiters_inside_quotes_do_not_count(delimiter: str, cells: list[tuple[str, str, str]]) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(cells)
    assert find_delimiter(text.getvalue(), ",") == delimiter


def test_a_file_of_europe_is_read_and_said() -> None:
    text = "datum;temp\n" + "1,5;2,5\n" * 3
    assert find_delimiter(text, ",") == ";"


@pytest.mark.parametrize(("usual", "expected"), [(",", ","), ("\t", "\t")])
def test_where_two_marks_fit_the_ending_decides(usual: str, expected: str) -> None:
    assert find_delimiter("a,b\tc\n1,2\t3\n4,5\t6\n", usual) == expected


def test_a_broken_line_does_not_change_what_separates_the_others() -> None:
    assert find_delimiter("a,b;x,c\n1,2,3\n1,2\n1,2,3\n", ",") == ","


def test_a_single_column_keeps_the_mark_of_its_ending() -> None:
    assert find_delimiter("y\n1|2\n3|4\n", ",") == ","


def test_both_departures_are_told_in_one_note(load: Load) -> None:
    rows = "".join(f"{row},5;{row % 7}\n" for row in range(ROWS))
    dataset = load(f"x;y\n{rows}", ["y"])
    assert (
        "rows.csv: its cells are separated by semicolons and its numbers have a decimal comma."
        in dataset.notes
    )
    np.testing.assert_array_equal(_inputs(dataset.train)[:, 0], dataset.train.target_rows + 0.5)


def test_missing_cells_hide_no_decimal_comma(load: Load) -> None:
    rows = "".join(f"{f'{row},5' if row % 3 else ''};{row % 7}\n" for row in range(ROWS))
    X = _inputs(load(f"x;y\n{rows}", ["y"]).train)
    assert np.isnan(X).any()
    assert set((X[~np.isnan(X)] % 1).tolist()) == {0.5}


def test_text_that_looks_like_decimals_is_text_where_other_numbers_have_points(load: Load) -> None:
    """`1,5` beside `1.5` may be thousands, an interval or a list."""
    rows = "".join(f"{row % 3},5 m;{row}.5;{row % 7}\n" for row in range(ROWS))
    dataset = load(f"size;x;y\n{rows}", ["y"])
    assert dataset.features == ("size=0,5 m", "size=1,5 m", "size=2,5 m", "x")


def test_numbers_with_points_are_never_lost_to_decimal_commas(load: Load) -> None:
    rows = "".join(f"{row},5;{row}.25;{row % 7}\n" for row in range(ROWS))
    dataset = load(f"a;x;y\n{rows}", ["y"], features=["x"])
    np.testing.assert_array_equal(_inputs(dataset.train)[:, 0], dataset.train.target_rows + 0.25)
    assert not any("decimal comma" in note for note in dataset.notes)


def test_an_ordinary_file_needs_no_note(load: Load) -> None:
    rows = "".join(f"{row}.5\t{row % 7}\n" for row in range(ROWS))
    assert not any(
        "cells" in note or "decimal" in note for note in load(f"x\ty\n{rows}", ["y"], ending=".tsv").notes
    )
