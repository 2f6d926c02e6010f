"""Whatever text somebody wrote, it stays text on a terminal, in a spreadsheet and in Markdown."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given

from remedy.inert import legible, legible_lines, markdown_text, original_text, spreadsheet_text
from tests.hostile import FORMULAS, TEXTS, is_inert

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@given(TEXTS)
def test_no_text_steers_a_terminal(text: str) -> None:
    assert legible(text).isprintable()
    assert is_inert(legible_lines(text))
    assert legible_lines(text).count("\n") == text.count("\n")
    assert legible(legible(text)) == legible(text)


@pytest.mark.parametrize("text", ["minmax", "Köln 3 °C", "数字", "a_b-c.d"])
def test_usual_text_stays_as_it_is(text: str) -> None:
    assert {legible(text), spreadsheet_text(text), markdown_text(text)} == {text}


@given(TEXTS)
def test_no_cell_is_a_formula_whatever_parts_the_columns(text: str) -> None:
    cell = spreadsheet_text(text)
    assert cell.isprintable()
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([1, cell])
    for delimiter in ",;\t":
        for part in next(csv.reader([line.getvalue()], delimiter=delimiter)):
            assert not part.lstrip(' "').startswith(STARTS_A_FORMULA), part


@pytest.mark.parametrize("text", FORMULAS[:4])
def test_a_quote_stands_before_a_formula(text: str) -> None:
    assert spreadsheet_text(text) == f"'{text}"


@given(TEXTS)
def test_the_text_of_a_cell_can_be_had_back(text: str) -> None:
    assert original_text(spreadsheet_text(text)) == text


@given(TEXTS)
def test_a_markdown_cell_is_one_cell_without_markup(text: str) -> None:
    cell = markdown_text(text)
    assert cell.isprintable()
    bare = cell.replace("\\\\", "")
    for mark in "|`<>[]*&~$":
        assert bare.count(mark) == bare.count(f"\\{mark}")
