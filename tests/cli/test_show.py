from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from remedy.cli.sparkline import sparkline
from remedy.results.folder import StudyFolder

Remedy = Callable[..., Any]


def test_shows_facts_changes_and_curve(remedy: Remedy, study: StudyFolder) -> None:
    text = remedy("show", "sine", 1).out
    assert "trial 1 of sine, rank 1: learning" in text
    assert "validation skill 0.750" in text
    assert "preprocessing.scaling" in text
    assert "callbacks.ReduceLROnPlateau" in text
    assert "▁" in text
    assert "gradient_norm" in text


def test_json_holds_everything(remedy: Remedy, study: StudyFolder) -> None:
    shown = json.loads(remedy("show", "sine", 1, "--json").out, parse_constant=pytest.fail)
    assert shown["status"] == "learning"
    assert shown["recipe"]["scaling"] == "minmax"
    assert {"path": "preprocessing.scaling", "before": None, "after": "minmax"} in shown["changes"]
    assert [row["val_skill"] for row in shown["curve"]] == [-0.5, 0.25, 0.75]


def test_figures_that_are_not_finite_are_null(remedy: Remedy, study: StudyFolder) -> None:
    shown = json.loads(remedy("show", "sine", 2, "--json").out, parse_constant=pytest.fail)
    assert (shown["status"], shown["skill"], shown["curve"][1]["loss"]) == ("diverged", None, None)
    assert "diverged" in remedy("show", "sine", 2).out


def test_failed_trial_says_why(remedy: Remedy, study: StudyFolder) -> None:
    assert "ValueError: no such layer" in remedy("show", "sine", 3).out


def test_neither_data_nor_model_code_is_needed(remedy: Remedy, study: StudyFolder) -> None:
    before = remedy("show", "sine", 1).out
    Path("sine.csv").unlink()
    assert remedy("show", "sine", 1).out == before


def test_without_the_baseline_the_recipe_is_still_there(remedy: Remedy, study: StudyFolder) -> None:
    study.baseline.unlink()
    ended = remedy("show", "sine", 1)
    assert ended.status == 0
    assert "recipe: scaling=minmax" in ended.out
    assert "not known any more" in ended.out
    assert json.loads(remedy("show", "sine", 1, "--json").out)["changes"] is None


def test_baseline_is_shown_likewise(remedy: Remedy, study: StudyFolder) -> None:
    assert "baseline of sine, training 1 of 1: slow" in remedy("show", "sine", "baseline").out
    (shown,) = json.loads(remedy("show", "sine", "baseline", "--json").out)
    assert (shown["recipe"], shown["changes"]) == ({}, [])


@pytest.mark.parametrize("trial", ["99", "-1x", "best"])
def test_unknown_trial_lists_what_exists(remedy: Remedy, study: StudyFolder, trial: str) -> None:
    ended = remedy("show", "sine", "--", trial)
    assert (ended.status, ended.out) == (2, "")
    assert "there are 0-3, and 'baseline'" in ended.err


def test_reading_changes_nothing(remedy: Remedy, study: StudyFolder) -> None:
    lock = study.journal.with_name(study.journal.name + ".lock")
    lock.write_text("another process writes")
    with study.journal.open("ab") as journal:
        journal.write(b'{"half a line')
    before = {path: path.read_bytes() for path in study.path.rglob("*") if path.is_file()}
    assert remedy("show", "sine", 1).status == 0
    assert remedy("results", "sine").status == 0
    assert {path: path.read_bytes() for path in study.path.rglob("*") if path.is_file()} == before


def test_damaged_journal_is_an_error_in_one_line(remedy: Remedy, study: StudyFolder) -> None:
    study.journal.write_text("this is no journal\nat all\n")
    ended = remedy("show", "sine", 1)
    assert ended.status == 2
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize(
    ("values", "drawing"),
    [
        ([], ""),
        ([1.0], "▁"),
        ([2.0, 2.0], "▁▁"),
        ([float("nan")] * 2, "  "),
        ([0.0, float("nan"), 1.0], "▁ █"),
    ],
)
def test_sparkline_of_unusual_curves(values: list[float], drawing: str) -> None:
    assert sparkline(values) == drawing


def test_long_curves_are_averaged_to_fit() -> None:
    assert sparkline([0.0] * 50 + [1.0] * 50, width=10) == "▁" * 5 + "█" * 5


def test_logarithmic_drawing_has_equal_steps() -> None:
    assert sparkline([1.0, 1e3, 1e7], log=True, ascii_only=True) == "_=@"
