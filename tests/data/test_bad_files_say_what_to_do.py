from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remedy.config.experiment import Data
from remedy.data import Dataset, load_dataset
from remedy.errors import ConfigError, DataError, RemedyError
from remedy.plan import Task

_ROWS = "".join(f"{row},{row % 7},{'ab'[row % 2]},{row % 2}\n" for row in range(40))
GOOD = f"x,y,city,flag\n{_ROWS}"


def _with_line(line: int, text: str) -> str:
    lines = GOOD.splitlines()
    lines[line - 1] = text
    return "\n".join(lines) + "\n"


CASES: list[tuple[str, str | bytes, dict[str, Any], list[str]]] = [
    ("empty file", b"", {}, ["rows.csv is empty", "header line"]),
    ("blank file", b"\n\n  \n", {}, ["rows.csv is empty"]),
    ("header only", "x,y\n", {}, ["rows.csv has a header line but no data rows"]),
    (
        "latin-1 text",
        "x,y\n1,2\né,3\n".encode("latin-1"),
        {},
        ["not UTF-8 text (line 3)", "save it as UTF-8"],
    ),
    ("binary", b"x,y\n1,\x00\n", {}, ["NUL character (line 2)"]),
    (
        "unsupported ending",
        GOOD,
        {"ending": ".xlsx"},
        ["unsupported file ending '.xlsx'", ".csv, .tsv, .txt, .parquet"],
    ),
    ("row too long", _with_line(7, "1,2,a,0,9"), {}, ["rows.csv: line 7 has 5 cells where the header has 4"]),
    (
        "row too short",
        _with_line(7, "1,2,a"),
        {},
        ["line 7 has 3 cells where the header has 4", "mend the line"],
    ),
    ("first row too long", "x,y\n0,1,2\n1,3,4\n", {}, ["line 2 has 3 cells where the header has 2"]),
    ("first row too short", "x,y\n1\n", {}, ["line 2 has 1 cells"]),
    ("row after a quoted line break", 'x,y\n"1\n2",3\n4\n', {}, ["line 4 has 1 cells"]),
    ("open quote", 'x,y\n1,2\n3,"4\n5,6\n', {}, ["rows.csv cannot be read as a table", "EOF inside string"]),
    ("empty line inside", _with_line(9, ""), {}, ["line 9 is empty"]),
    (
        "a line for Excel",
        "sep=;\nx;y\n1;2\n",
        {},
        ["line for Excel ('sep=;')", "remove that line"],
    ),
    ("repeated header", "x,y,x\n1,2,3\n", {}, ["two columns named 'x' (line 1)", "rename"]),
    (
        "missing target",
        GOOD,
        {"target": ["z"]},
        ["data.target", "no column 'z'", "columns: 'x', 'y', 'city', 'flag'"],
    ),
    (
        "orders to a terminal in a header and a cell",
        "x\x1b[2J,y\n\x1b[31m1,2\n" + "3,4\n5,6\n" * 20,
        {"features": ["x\x1b[2J"]},
        [r"'x\x1b[2J' of rows.csv", r"holds '\x1b[31m1'"],
    ),
    (
        "a cell of megabytes",
        f"x,y\n1,{'text ' * 200_000}\n2,3\n",
        {"task": "regression"},
        ["column 'y' of rows.csv is not numeric (line 2 holds 'text text"],
    ),
    ("misspelt target", GOOD, {"target": ["citi"]}, ["no column 'citi'", "did you mean 'city'?"]),
    ("misspelt feature", GOOD, {"features": ["flog"]}, ["data.features", "did you mean 'flag'?"]),
    ("missing time", GOOD, {"time": "when"}, ["data.time", "no column 'when'"]),
    ("missing group", GOOD, {"group": "town"}, ["data.group", "no column 'town'"]),
    (
        "text target",
        _with_line(7, "1,abc,a,0"),
        {"features": ["x"]},
        ["column 'y' of rows.csv is not numeric (line 7 holds 'abc')", "task: multiclass", "task: binary"],
    ),
    (
        "text target of a regression",
        GOOD,
        {"target": ["city"], "task": "regression"},
        ["column 'city' of rows.csv is not numeric (line 2 holds 'a')", "task: multiclass"],
    ),
    (
        "text in a column of numbers",
        _with_line(7, "one,1,a,0"),
        {},
        ["column 'x' of rows.csv is not numeric (line 7 holds 'one')", "data.features", "data.categorical"],
    ),
    (
        "thousands separators",
        "x;y\n" + "".join(f"1.{row:03},5;{row % 7}\n" for row in range(40)),
        {},
        ["column 'x' of rows.csv is not numeric (line 2 holds '1.000,5')"],
    ),
    (
        "text among decimal commas",
        "x;y\n" + "".join(f"{row},5;{row % 7}\n" for row in range(40)) + "many;1\n",
        {},
        ["column 'x' of rows.csv is not numeric (line 42 holds 'many')"],
    ),
    (
        "too many labels",
        "x,y\n" + "".join(f"c{row % 51},{row % 7}\n" for row in range(102)),
        {},
        ["'x' of rows.csv holds text with 51 different labels", "data.categorical: {x: one_hot} (or integer"],
    ),
    (
        "dates as a feature",
        "x,y\n" + "".join(f"2024-01-{1 + row % 30:02},{row % 7}\n" for row in range(40)),
        {},
        ["column 'x' of rows.csv holds dates", "name it in data.time"],
    ),
    (
        "missing label of a feature",
        _with_line(7, "1,2,,0"),
        {},
        ["column 'city' of rows.csv has 1 missing cell (", "line 7"],
    ),
    (
        "feature that is missing in the training split",
        "x,y\n" + "".join(f"{row if row > 27 else ''},{row % 7}\n" for row in range(40)),
        {"split": {"by": "time"}},
        ["column 'x' of rows.csv is missing everywhere in the training split"],
    ),
    (
        "categories that are no features",
        GOOD,
        {"features": ["x"], "categorical": {"city": "drop"}},
        ["data.categorical names 'city', which is no feature"],
    ),
    (
        "categories that do not exist",
        GOOD,
        {"categorical": {"town": "one_hot"}},
        ["data.categorical: rows.csv has no column 'town'"],
    ),
    (
        "every feature dropped",
        GOOD,
        {"features": ["city"], "categorical": {"city": "drop"}},
        ["rows.csv has no column left to predict 'y' from"],
    ),
    (
        "fractions as categories",
        _with_line(7, "0.5,1,a,0"),
        {"categorical": {"x": "integer"}},
        ["column 'x' of rows.csv holds no class labels (line 7 holds '0.5')", "out of data.categorical"],
    ),
    (
        "an input with the name of the others",
        GOOD.replace("city", "X", 1),
        {"categorical": {"X": "integer"}},
        ["column 'X' of rows.csv cannot be an input of its own", "rename the column"],
    ),
    (
        "text that never repeats as a target",
        "x,y\n" + "".join(f"{row},n{row}\n" for row in range(40)),
        {},
        ["column 'y' of rows.csv is not numeric (line 2 holds 'n0')", "task: multiclass"],
    ),
    (
        "several targets of text",
        GOOD,
        {"target": ["city", "y"]},
        ["column 'city' of rows.csv is not numeric (line 2 holds 'a')"],
    ),
    (
        "a number of hundreds of digits",
        _with_line(7, f"{'9' * 400},2,a,0"),
        {"features": ["x"]},
        ["'x'", "is infinite (line 7 holds '999"],
    ),
    (
        "labels too large to tell apart",
        GOOD.replace(",3,", ",1e30,"),
        {"task": "multiclass", "features": ["x"]},
        ["no class labels (line 5 holds '1e+30')"],
    ),
    (
        "no window for the integers of a split",
        GOOD,
        {"window": {"length": 9}, "categorical": "integer"},
        ["leave no window of 9 + 1 rows in the validation split"],
    ),
    (
        "two ones in a row of classes",
        "a,b,x\n" + "".join(f"{row % 2},{1 - row % 2},{row}\n" for row in range(40)) + "1,1,2\n",
        {"target": ["a", "b"], "task": "multiclass"},
        ["hold 2 ones in line 42", "task: multiclass needs exactly one", "task: multilabel"],
    ),
    (
        "several horizons of a class",
        GOOD,
        {"target": ["city"], "features": ["x"], "window": {"length": 2, "horizon": [1, 2]}},
        ["data.window.horizon: a binary target has one horizon, not 2", "column 'city' of rows.csv"],
    ),
    (
        "missing target cell",
        _with_line(7, "1,NA,a,0"),
        {"features": ["x"]},
        ["'y'", "1 missing cell (", "line 7"],
    ),
    (
        "missing label",
        _with_line(7, "1,2,,0"),
        {"target": ["city"], "task": "binary"},
        ["'city'", "1 missing cell"],
    ),
    (
        "missing time cell",
        _with_line(7, ",2,a,0"),
        {"features": ["flag"], "time": "x"},
        ["column 'x'", "line 7"],
    ),
    (
        "missing group cell",
        _with_line(7, "1,2,,0"),
        {"group": "city"},
        ["column 'city'", "missing", "line 7"],
    ),
    (
        "infinite cell",
        _with_line(7, "inf,2,a,0"),
        {"features": ["x"]},
        ["'x'", "is infinite (line 7 holds 'inf')"],
    ),
    (
        "beyond float32",
        _with_line(7, "1e39,2,a,0"),
        {"features": ["x"]},
        ["too large for 32-bit floats (line 7"],
    ),
    (
        "time that is no time",
        _with_line(7, "noon,2,a,0"),
        {"features": ["flag"], "time": "x"},
        ["column 'x'", "neither all numbers nor dates", "line 2 holds '0'"],
    ),
    (
        "one date unlike the others",
        "x,y\n2024-01-31,1\n31.1.2024,2\n",
        {"time": "x", "window": {"length": 1}},
        ["column 'x'", "line 3 holds '31.1.2024'", "2024-01-31"],
    ),
    (
        "too many classes",
        GOOD,
        {"target": ["y"], "task": "binary", "features": ["x"]},
        ["7 different values", "two"],
    ),
    (
        "numbers that are no labels",
        _with_line(7, "1,0.5,a,0"),
        {"task": "multiclass", "features": ["x"]},
        ["no class labels (line 7 holds '0.5')", "task: regression"],
    ),
    (
        "labels that are not 0 or 1",
        GOOD,
        {"target": ["y", "flag"], "task": "multilabel", "features": ["x"]},
        ["column 'y'", "holds 2 (line 4)", "task: multilabel needs 0 or 1"],
    ),
    (
        "several class columns",
        GOOD,
        {"target": ["y", "flag"], "task": "multiclass"},
        ["one target column, not 2", "rows.csv"],
    ),
    ("one class", "x,y\n1,a\n2,a\n", {"task": "multiclass"}, ["holds one class only ('a')"]),
    ("constant target", "x,y\n1,3\n2,3\n", {}, ["column 'y' of rows.csv is 3 in every row"]),
    ("nothing to learn from", "y\n1\n2\n", {}, ["no column left to predict 'y' from", "data.window"]),
    ("the answer as a feature", GOOD, {"features": ["x", "y"]}, ["the model would be shown the answer"]),
    (
        "too few groups",
        GOOD,
        {"group": "city", "split": {"by": "group"}},
        ["'city'", "tells 2 groups apart", "too few"],
    ),
    (
        "too few rows",
        "x,y\n1,2\n2,3\n3,4\n",
        {},
        ["rows.csv: 3 rows leave none for the test split", "data.split.test"],
    ),
    (
        "too few rows for a window",
        GOOD,
        {"features": ["x"], "window": {"length": 24}},
        [
            "rows.csv: 40 rows leave no window of 24 + 1 rows in the validation split (8 rows)",
            "shorten data.window.length or enlarge data.split.validation",
        ],
    ),
    (
        "groups too short for a window",
        "g,y\n" + "".join(f"{row // 20},{row}\n" for row in range(200)),
        {"group": "g", "window": {"length": 3}},
        ["200 rows leave no window of 3 + 1 rows in the test split (20 rows of 10 groups)"],
    ),
    (
        "target constant in a split",
        "x,y\n" + "".join(f"{row},{min(row, 35)}\n" for row in range(40)),
        {"split": {"by": "time"}},
        ["target 'y' is constant ('35') in the test split (4 samples)", "enlarge data.split.test"],
    ),
    (
        "one class in a split",
        "x,y\n" + "".join(f"{row},{'ab'[row < 30]}\n" for row in range(40)),
        {"task": "binary", "split": {"by": "time"}},
        ["holds one class only ('b') in the training split", "data.split.by"],
    ),
    (
        "one output of several constant in a split",
        "x,y,z\n" + "".join(f"{row},{row % 2},{int(row > 20) * (row % 2)}\n" for row in range(100)),
        {"target": ["y", "z"], "split": {"validation": 0.7, "by": "time"}},
        ["target 'z' holds one class only ('0') in the training split"],
    ),
    (
        "class that is never trained",
        "x,y\n"
        + "".join(f"{row},{'abc'[2 if row > 30 and row % 3 == 0 else row % 2]}\n" for row in range(40)),
        {"task": "multiclass", "split": {"by": "time"}},
        ["class 'c' of 'y' does not occur in the training split", "random keeps"],
    ),
]


@pytest.mark.parametrize(
    ("source", "section", "fragments"), [pytest.param(*rest, id=name) for name, *rest in CASES]
)
def test_the_message_names_the_place_and_the_remedy(
    load: Callable[..., Dataset], source: str | bytes, section: dict[str, Any], fragments: list[str]
) -> None:
    with pytest.raises(RemedyError) as caught:
        load(source, **{"target": ["y"]} | section)
    message = str(caught.value)
    assert "\n" not in message
    for fragment in fragments:
        assert fragment in message
    assert isinstance(caught.value, DataError | ConfigError)


_CELLS = [
    "1",
    "0",
    "2.5",
    "",
    "NA",
    "inf",
    "abc",
    "true",
    "2024-01-31",
    '"',
    "a b",
    "1e999",
    "9" * 400,
    "3,14",
]
_MARKS = [",", ";", "\n", "\r\n"]


@given(
    parts=st.lists(st.tuples(st.sampled_from(_CELLS), st.sampled_from(_MARKS)), max_size=40),
    task=st.sampled_from([None, "regression", "binary", "multiclass", "multilabel"]),
    time=st.sampled_from([None, "t"]),
    mark=st.sampled_from([",", ";"]),
)
def test_whatever_a_file_holds_the_message_is_one_line(
    load: Callable[..., Dataset],
    parts: list[tuple[str, str]],
    task: Task | None,
    time: str | None,
    mark: str,
) -> None:
    text = f"y{mark}x{mark}t\n" + "".join(cell + mark for cell, mark in parts)
    message = ""
    try:
        load(text, ["y"], task, features=["x"], time=time, split={"validation": 0.3, "test": 0.3})
    except RemedyError as error:
        message = str(error)
    assert "\n" not in message


def test_a_missing_file_offers_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "sunspots.csv").touch()
    with pytest.raises(DataError, match=re.escape("does not exist; did you mean sunspots.csv?")):
        load_dataset(Data(source=tmp_path / "sunspot.csv", target=["y"]))


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".npy", ".npz"])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, ending: str) -> None:
    source = tmp_path / f"{'x' * 300}{ending}"
    with pytest.raises(DataError, match=f"x{{300}}{ending} cannot be read: File name too long"):
        load_dataset(Data(source=source, target=[] if ending[1] == "n" else ["y"]))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("cell", ["1" * 200_000 + "x", " " * 200_000 + "x", "1" + " " * 200_000 + "x"])
def test_an_endless_cell_is_read_at_once(load: Callable[..., Dataset], cell: str) -> None:
    rows = "".join(f"{row},{row % 7}\n" for row in range(40))
    with pytest.raises(DataError, match=r"column 'x' of rows.csv is not numeric \(line 42 holds"):
        load(f'x,y\n{rows}"{cell}",1\n', ["y"])


def test_a_missing_folder_is_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"does not exist; correct the path to the data \(data\.source\)"):
        load_dataset(Data(source=tmp_path / "nowhere" / "x.csv", target=["y"]))


def test_a_directory_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is a directory; name a file"):
        load_dataset(Data(source=tmp_path, target=["y"]))


def test_an_unreadable_file_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.csv"
    path.write_text(GOOD)

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(DataError, match="cannot be read: Permission denied"):
        load_dataset(Data(source=path, target=["y"]))


def test_a_wide_file_lists_its_first_columns_only(load: Callable[..., Dataset]) -> None:
    header = ",".join(f"c{column}" for column in range(30))
    with pytest.raises(DataError, match=r"'c0', 'c1', .*'c19' and 10 more"):
        load(f"{header}\n{','.join(['1'] * 30)}\n", ["target"])


def test_columns_that_are_not_used_may_hold_anything(load: Callable[..., Dataset]) -> None:
    source = _with_line(7, "1,2,,inf")
    assert load(source, ["y"], features=["x"]).features == ("x",)


@pytest.mark.parametrize(
    "source",
    [
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD + "\n\n",
        GOOD.rstrip("\n"),
        GOOD.replace("x,y", '"x","y"', 1),
    ],
    ids=["CRLF", "CR", "byte order mark", "empty lines at the end", "no last line end", "quoted header"],
)
def test_harmless_differences_between_files_change_nothing(
    load: Callable[..., Dataset], source: str | bytes
) -> None:
    expected = load(GOOD, ["y"], features=["x", "flag"])
    found = load(source, ["y"], features=["x", "flag"])
    np.testing.assert_array_equal(found.train.X, expected.train.X)
    assert found.rows == 40


def test_tab_separated_files_are_read(load: Callable[..., Dataset]) -> None:
    dataset = load(GOOD.replace(",", "\t"), ["y"], features=["x"], ending=".TSV")
    assert dataset.rows == 40


def test_a_column_without_a_name_is_a_feature_like_any_other(load: Callable[..., Dataset]) -> None:
    rows = "".join(f"{row},{row}\n" for row in range(40))
    assert load(f",y\n{rows}", ["y"]).features == ("Unnamed: 0",)
