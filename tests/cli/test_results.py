from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from remedy.results.files import write_json
from remedy.results.folder import StudyFolder

Remedy = Callable[..., Any]


def cells(line: str) -> list[str]:
    return line.split()


def test_table_is_ranked_and_readable(remedy: Remedy, study: StudyFolder) -> None:
    ended = remedy("results", "sine")
    header, _, first, *others, _ = ended.out.splitlines()
    assert cells(header)[:5] == ["rank", "trial", "status", "skill", "train_skill"]
    assert cells(header)[5:9] == ["epochs", "seconds", "seed", "scaling"]
    assert cells(first)[:9] == ["1", "1", "learning", "0.750", "0.750", "3", "1.2", "7", "minmax"]
    assert "reduce_lr_on_plateau.patience" in header
    assert [cells(line)[1] for line in others] == ["0", "2", "3"]
    assert ended.status == 0


def test_cells_of_fixes_that_are_off_are_dashes(remedy: Remedy, study: StudyFolder) -> None:
    _, _, _, second, *_ = remedy("results", "sine").out.splitlines()
    assert cells(second)[8:] == ["-", "-", "0.01", "-", "-"]


def test_study_can_be_named_by_its_folder(remedy: Remedy, study: StudyFolder) -> None:
    assert remedy("results", study.path).out == remedy("results", "sine").out


def test_csv_is_the_file(remedy: Remedy, study: StudyFolder) -> None:
    assert remedy("results", "sine", "--format", "csv").out == study.trials.read_text()


def test_json_is_an_array_of_rows_without_nan(remedy: Remedy, study: StudyFolder) -> None:
    rows = json.loads(remedy("results", "sine", "--format", "json").out, parse_constant=pytest.fail)
    assert [row["trial"] for row in rows] == [1, 0, 2, 3]
    assert rows[0]["reduce_lr_on_plateau.patience"] == 5
    assert rows[2]["skill"] is None
    assert rows[3]["batch_normalization"] == "on"


def test_markdown_is_a_github_table(remedy: Remedy, study: StudyFolder) -> None:
    lines = remedy("results", "sine", "--format", "md").out.splitlines()
    assert lines[0].startswith("| rank | trial | status | skill |")
    assert re.fullmatch(r"\|( -+:? \|)+", lines[1])
    assert len({line.count("|") for line in lines}) == 1
    assert len(lines) == 6


def test_top_keeps_the_first_rows(remedy: Remedy, study: StudyFolder) -> None:
    rows = json.loads(remedy("results", "sine", "--top", 2, "--format", "json").out)
    assert [row["rank"] for row in rows] == [1, 2]


def test_hide_failed_leaves_trainings_that_ended(remedy: Remedy, study: StudyFolder) -> None:
    rows = json.loads(remedy("results", "sine", "--hide-failed", "--format", "json").out)
    assert [row["status"] for row in rows] == ["learning", "flat"]


@pytest.mark.parametrize(
    ("column", "order"),
    [("trial", [0, 1, 2, 3]), ("skill", [1, 0, 2, 3]), ("learning_rate", [0, 2, 1, 3])],
)
def test_sort_by_puts_the_best_or_least_first_and_empty_cells_last(
    remedy: Remedy, study: StudyFolder, column: str, order: list[int]
) -> None:
    rows = json.loads(remedy("results", "sine", "--sort-by", column, "--format", "json").out)
    assert [row["trial"] for row in rows] == order


def test_unknown_column_names_the_nearest_and_all(remedy: Remedy, study: StudyFolder) -> None:
    ended = remedy("results", "sine", "--sort-by", "skil")
    assert (ended.status, ended.out) == (2, "")
    assert "did you mean 'skill'? There are: rank, trial, status" in ended.err


def test_only_changed_hides_equal_and_empty_columns(remedy: Remedy, study: StudyFolder) -> None:
    arguments = ("results", "sine", "--only-changed", "--hide-failed", "--format", "csv")
    columns = next(csv.reader(io.StringIO(remedy(*arguments).out)))
    assert "seed" not in columns
    assert "batch_normalization" not in columns
    assert {"rank", "trial", "skill", "scaling"} <= set(columns)


def test_without_a_study_all_are_listed(remedy: Remedy, study: StudyFolder) -> None:
    (row,) = json.loads(remedy("results", "--format", "json").out)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", row.pop("date"))
    assert row == {"study": "sine", "verdict": "unstuck", "skill": 0.731, "baseline": -0.884, "trials": 4}
    assert "unstuck" in remedy("results").out
    assert remedy("results", "--format", "md").out.startswith("| study |")
    assert remedy("results", "--format", "csv").out.startswith("study,verdict,skill")


def test_study_without_a_verdict_is_unfinished(remedy: Remedy, study: StudyFolder) -> None:
    study.verdict.unlink()
    (row,) = json.loads(remedy("results", "--format", "json").out)
    assert (row["verdict"], row["skill"], row["baseline"]) == ("unfinished", 0.75, None)


def test_no_studies_is_no_error(remedy: Remedy, folder: Path) -> None:
    assert "remedy run FILE" in remedy("results").out
    assert json.loads(remedy("results", "--format", "json").out) == []


def test_study_without_trials_says_so(remedy: Remedy, study: StudyFolder) -> None:
    study.trials.unlink()
    ended = remedy("results", "sine")
    assert ended.status == 2
    assert "no trial has finished yet" in ended.err


def test_a_study_whose_baseline_is_fine_points_to_it(remedy: Remedy, study: StudyFolder) -> None:
    study.trials.write_text(study.trials.read_text().splitlines()[0] + "\n")
    assert remedy("results", "sine").out == "no trial to show\n"
    write_json(study.verdict, {"verdict": "already_learning"})
    told = "nothing was searched for, as the baseline is fine: remedy show sine baseline\n"
    assert remedy("results", "sine").out == told


def test_the_ranking_is_explained_where_it_is_shown(remedy: Remedy, study: StudyFolder) -> None:
    assert remedy("results", "sine").out.splitlines()[-1].startswith("ranked by skill on validation rows")
    assert "ranked by" not in remedy("results", "sine", "--sort-by", "seconds").out
    assert "ranked by" not in remedy("results", "sine", "--format", "csv").out


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a,b\n1,2\n", b'rank,trial\n"1'])
def test_damaged_table_is_an_error_in_one_line(remedy: Remedy, study: StudyFolder, content: bytes) -> None:
    study.trials.write_bytes(content)
    ended = remedy("results", "sine")
    assert ended.status == 2
    assert "is not a table of trials" in ended.err
    assert ended.err.count("\n") == 1
