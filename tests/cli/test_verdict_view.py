from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from remedy.cli.rows import Row
from remedy.cli.verdict_view import print_outcome, sentence
from remedy.results.folder import StudyFolder

ROWS: list[Row] = [{"rank": 1, "trial": 5, "status": "flat", "skill": 0.03}]


def printed(verdict: dict[str, Any], study: StudyFolder, results: str = "results") -> str:
    file = io.StringIO()
    print_outcome(Console(file=file, width=200, markup=False), verdict, study, Path(results))
    return file.getvalue()


def test_unstuck_in_one_sentence(verdict: dict[str, Any]) -> None:
    assert sentence(verdict, ROWS) == (
        "unstuck: skill 0.73 (0.69 to 0.77) against -0.88 for the baseline (slow); test skill 0.85"
    )


def test_baseline_without_skill(verdict: dict[str, Any]) -> None:
    verdict["baseline"] |= {"status": "diverged", "skill": None}
    assert "against a baseline that has none (diverged);" in sentence(verdict, ROWS)


def test_already_learning(verdict: dict[str, Any]) -> None:
    verdict |= {"verdict": "already_learning", "best": None, "baseline": {"skill": 0.81, "test_skill": 0.79}}
    assert sentence(verdict, []) == (
        "already learning: the baseline is fine with skill 0.81 and test skill 0.79; nothing was changed"
    )


def test_still_stuck_after_confirmation(verdict: dict[str, Any]) -> None:
    verdict["verdict"] = "still_stuck"
    verdict["best"] |= {"skill": 0.2, "skill_low": -0.1, "skill_high": 0.5, "learning": 1, "test_skill": -0.2}
    text = sentence(verdict, ROWS)
    assert "no recipe held up under fresh seeds; the best has skill 0.20 (-0.10 to 0.50)" in text
    assert "1 of 3 seeds learning, test skill -0.20, against -0.88 for the baseline (slow)" in text


def test_still_stuck_with_a_diverged_seed(verdict: dict[str, Any]) -> None:
    verdict["verdict"] = "still_stuck"
    verdict["best"] |= {"skill": None, "skill_low": None, "skill_high": None, "test_skill": None}
    assert "the best has skill - (at least one seed diverged)" in sentence(verdict, ROWS)


@pytest.mark.parametrize(
    ("rows", "seen"),
    [(ROWS, "none of 1 trial moved"), (ROWS, "the best, trial 5, has skill 0.03 (flat)"), ([], "0 trials")],
)
def test_still_stuck_with_nothing_to_confirm(verdict: dict[str, Any], rows: list[Row], seen: str) -> None:
    verdict |= {"verdict": "still_stuck", "best": None}
    assert seen in sentence(verdict, rows)


def test_outcome_names_recipe_place_and_next_commands(verdict: dict[str, Any], study: StudyFolder) -> None:
    text = printed(verdict, study)
    assert "  scaling               minmax\n" in text
    assert "  reduce_lr_on_plateau  factor 0.1, patience 5\n" in text
    assert "warning: worse than repeating the last value (skill against persistence -0.30)" in text
    assert "results: results/sine (4 trials, 1 min 24 s of training)" in text
    assert "remedy results sine\n" in text
    assert "remedy show sine 1\n" in text


def test_commands_name_another_results_folder(verdict: dict[str, Any], study: StudyFolder) -> None:
    assert "remedy show sine 1 --results 'my results'" in printed(verdict, study, "my results")


def test_still_stuck_gives_advice(verdict: dict[str, Any], study: StudyFolder) -> None:
    verdict |= {"verdict": "still_stuck", "best": None}
    text = printed(verdict, study)
    assert "--trials 8" in text
    assert "look at the data" in text
    assert "remedy show sine 1\n" in text


def test_already_learning_points_to_the_baseline(verdict: dict[str, Any], study: StudyFolder) -> None:
    verdict |= {"verdict": "already_learning", "best": None}
    study.trials.write_text(study.trials.read_text().splitlines()[0] + "\n")
    assert "remedy show sine baseline\n" in printed(verdict, study)
