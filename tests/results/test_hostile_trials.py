"""`trials.csv` does nothing in a spreadsheet or terminal, and is read back as it was."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remedy.cli.formats import to_csv, to_markdown
from remedy.results.trials_file import FIXED_COLUMNS, read_rows, read_trials, write_trials
from tests.hostile import IN_FILES, TEXTS_IN_FILES, is_inert


def table(column: str, values: list[Any]) -> pd.DataFrame:
    rows = [
        dict.fromkeys(FIXED_COLUMNS, -1.5) | {"trial": trial, column: value}
        for trial, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=[*FIXED_COLUMNS, column])


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("study") / "trials.csv"


@given(name=TEXTS_IN_FILES, values=st.lists(TEXTS_IN_FILES, min_size=1, max_size=4))
def test_the_file_is_inert(path: Path, name: str, values: list[str]) -> None:
    write_trials(path, table(f"own.{name}", values))
    text = path.read_text(encoding="utf-8")
    assert is_inert(text)
    assert text.count("\n") == 1 + len(values)
    for row in csv.reader(text.splitlines()):
        assert not row[-1].startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("value", IN_FILES)
def test_values_are_read_back(path: Path, value: str) -> None:
    write_trials(path, table(f"own.{value}", [value, None]))
    columns, rows = read_rows(path)
    assert columns == [*FIXED_COLUMNS, f"own.{value}"]
    assert [row[columns[-1]] for row in rows] == [value, None]
    frame = read_trials(path)
    assert list(frame.columns) == columns
    assert frame[columns[-1]].iloc[0] == value


def test_negative_numbers_stay_numbers(path: Path) -> None:
    write_trials(path, table("rate", [-2, -1e-5, "-2"]))
    assert "'" not in path.read_text().splitlines()[1]
    _, rows = read_rows(path)
    assert [row["rate"] for row in rows] == [-2, -1e-5, "-2"]
    assert rows[0]["skill"] == -1.5
    assert read_trials(path)["skill"].tolist() == [-1.5] * 3


@pytest.mark.parametrize("value", IN_FILES)
def test_other_formats_are_inert(path: Path, value: str) -> None:
    write_trials(path, table(f"own.{value}", [value]))
    columns, rows = read_rows(path)
    assert to_csv(columns, rows) == path.read_text(encoding="utf-8")
    lines = to_markdown(columns, rows).split("\n")
    assert all(line.isprintable() for line in lines)
    assert len(lines) == 3
    assert len({line.replace("\\\\", "").replace("\\|", "").count("|") for line in lines}) == 1
