"""`remedy compare`: what a reader sees of several studies, and what programs get."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from remedy.cli.comparison_view import print_comparison
from remedy.results.files import write_json
from remedy.results.folder import StudyFolder
from tests.hostile import CONTROLS, is_inert

Remedy = Callable[..., Any]


@pytest.fixture
def other(study: StudyFolder) -> Path:
    """The same study once more, without a verdict."""
    path = study.path.with_name("other")
    shutil.copytree(study.path, path)
    (path / "verdict.json").unlink()
    return path


def row(text: str, label: str) -> list[str]:
    return next(re.split(" {2,}", line.strip())[1:] for line in text.splitlines() if line.startswith(label))


def test_verdicts_stand_side_by_side(remedy: Remedy, study: StudyFolder, other: Path) -> None:
    ended = remedy("compare", "sine", "other")
    assert ended.status == 0
    assert row(ended.out, "study") == ["sine", "other"]
    assert row(ended.out, "verdict") == ["unstuck", "unfinished"]
    assert row(ended.out, "baseline") == ["slow", "-"]
    assert row(ended.out, "best recipe") == ["scaling=minmax", "scaling=minmax"]
    assert row(ended.out, "  seeds learning") == ["3 of 3", "-"]
    assert row(ended.out, "smallest recipe") == ["scaling=minmax", "-"]
    assert row(ended.out, "training") == ["1 min 24 s", "-"]
    assert "0.73 (0.69 to 0.77)" in ended.out
    assert "unfinished: the best trial so far" in ended.out
    assert "different data" not in ended.out


def test_programs_get_a_row_for_each_study(remedy: Remedy, study: StudyFolder, other: Path) -> None:
    rows = json.loads(remedy("compare", "sine", "other", "--format", "json").out, parse_constant=pytest.fail)
    assert [one["verdict"] for one in rows] == ["unstuck", "unfinished"]
    assert rows[0]["best_recipe"] == {
        "scaling": "minmax",
        "reduce_lr_on_plateau": {"factor": 0.1, "patience": 5},
    }
    assert (rows[0]["minimal_skill_low"], rows[1]["best_skill"], rows[1]["best_skill_low"]) == (
        0.68,
        0.75,
        None,
    )
    first, second = csv.DictReader(io.StringIO(remedy("compare", "sine", "other", "--format", "csv").out))
    assert first["best_recipe"] == "scaling=minmax reduce_lr_on_plateau(factor=0.1 patience=5)"
    assert (first["seconds"], second["seconds"]) == ("84.2", "")
    assert remedy("compare", "sine", "other", "--format", "md").out.count("\n") == 4


def test_studies_of_other_data_are_told_apart(remedy: Remedy, study: StudyFolder, other: Path) -> None:
    for folder, digest in ((study, "a"), (StudyFolder(other), "b")):
        write_json(folder.environment, {"data": {"sha256": digest}})
    assert "the studies were run on different data" in remedy("compare", "sine", "other").out


def test_studies_of_one_name_are_shown_with_their_folders(remedy: Remedy, study: StudyFolder) -> None:
    shutil.copytree(study.path, "earlier/sine")
    rows = json.loads(remedy("compare", "sine", "earlier/sine", "--format", "json").out)
    assert [one["study"] for one in rows] == ["results/sine", "earlier/sine"]


def test_many_studies_follow_below_each_other_on_80_columns(remedy: Remedy, study: StudyFolder) -> None:
    rows = json.loads(remedy("compare", *["sine"] * 5, "--format", "json").out)
    file = io.StringIO()
    print_comparison(Console(file=file, width=80, markup=False, highlight=False), rows, same_data=True)
    lines = file.getvalue().splitlines()
    assert max(map(cell_len, lines)) <= 80
    assert sum(line.startswith("study") for line in lines) == 3
    assert file.getvalue().count("0.73 (0.69 to 0.77)") == 5


@pytest.mark.parametrize("text", CONTROLS)
def test_names_and_values_do_nothing(
    remedy: Remedy, study: StudyFolder, verdict: dict[str, Any], text: str
) -> None:
    verdict["best"]["recipe"] = {text: text}
    verdict["baseline"]["status"] = text
    write_json(study.verdict, verdict)
    for output in ("table", "csv", "md"):
        ended = remedy("compare", "sine", "--format", output)
        assert ended.status == 0
        assert is_inert(ended.out)


def test_unknown_study_is_one_line(remedy: Remedy, study: StudyFolder) -> None:
    ended = remedy("compare", "sine", "cosine")
    told = "error: no study 'cosine' under results; did you mean sine? there are: sine\n"
    assert (ended.status, ended.err) == (2, told)
