"""Which training is exported, and what is said where there is none."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from remedy.errors import StudyError
from remedy.export.chosen import choose_training
from remedy.plan import Recipe
from remedy.results.files import write_json
from remedy.results.folder import StudyFolder
from remedy.results.study import Study
from remedy.search import Studies
from remedy.search.records import close_trial, write_result
from remedy.storage import open_journal
from remedy.training import EpochRecord, JobFailed, Outcome, Status

WINNER: Recipe = {"scaling": "minmax", "clipnorm": 1.0}
MINIMAL: Recipe = {"scaling": "minmax"}


def outcome(skill: float) -> Outcome:
    curve = (EpochRecord(1, 1.0, 1.0, skill, skill, learning_rate=0.1, gradient_norm=1.0),)
    status = Status.LEARNING if math.isfinite(skill) else Status.DIVERGED
    return Outcome(status, skill, skill, seconds=1.0, parameters=1, curve=curve)


TRAININGS: dict[str, list[tuple[Recipe, int, Outcome | JobFailed]]] = {
    "search": [
        ({"clipnorm": 2.0}, 0, outcome(0.2)),
        ({"clipnorm": 9.0}, 0, outcome(math.nan)),
        ({"clipnorm": 3.0}, 0, JobFailed("ValueError: no", "")),
    ],
    "confirmation": [
        (WINNER, 10_000, outcome(0.8)),
        (WINNER, 10_001, outcome(0.9)),
        (MINIMAL, 10_000, outcome(0.5)),
    ],
    "ablation": [(MINIMAL, 10_001, outcome(0.7)), (MINIMAL, 10_002, outcome(math.nan))],
}


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A study without a verdict."""
    folder = StudyFolder(tmp_path / "study")
    folder.path.mkdir()
    folder.experiment.write_text("data: {source: a.csv, target: y}\nmodel: {template: dense}\n")
    studies = Studies(open_journal(folder.journal))
    for name, trainings in TRAININGS.items():
        optuna_study = studies.open(name)
        for recipe, seed, result in trainings:
            trial = optuna_study.ask()
            trial.set_user_attr("recipe", recipe)
            trial.set_user_attr("seed", seed)
            write_result(trial, result)
            close_trial(optuna_study, optuna_study.trials[trial.number])
    return Study(folder)


def conclude(study: Study, **verdict: Any) -> None:
    write_json(study.path / "verdict.json", {"verdict": "unstuck", "best": None} | verdict)


def test_the_winner_is_its_best_training_with_fresh_seeds(study: Study) -> None:
    conclude(study, best={"recipe": WINNER})
    chosen = choose_training(study, None, minimal=False)
    assert (chosen.record.seed, chosen.record.skill, chosen.recipe) == (10_001, 0.9, WINNER)
    assert chosen.kept


def test_the_minimal_recipe_may_have_been_trained_in_the_ablation_only(study: Study) -> None:
    conclude(study, best={"recipe": WINNER}, minimal={"recipe": MINIMAL})
    chosen = choose_training(study, None, minimal=True)
    assert (chosen.record.seed, chosen.record.skill, chosen.recipe) == (10_001, 0.7, MINIMAL)
    assert chosen.title == "the minimal recipe of the study study"


def test_a_trial_needs_no_verdict(study: Study) -> None:
    chosen = choose_training(study, 0, minimal=False)
    assert (chosen.record.number, chosen.recipe, chosen.kept) == (0, {"clipnorm": 2.0}, False)


@pytest.mark.parametrize(
    ("trial", "minimal", "verdict", "message"),
    [
        (None, False, None, "there is no verdict yet; let the run end"),
        (
            None,
            False,
            {"verdict": "already_learning"},
            "the baseline is fine, so there is no recipe to export",
        ),
        (None, False, {"verdict": "still_stuck"}, "still_stuck and names no recipe that was confirmed"),
        (None, True, {"best": {"recipe": WINNER}, "ablation": "off"}, "was not tested to the end; run the"),
        (None, True, {"ablation": "done"}, "the verdict is unstuck and names no minimal recipe"),
        (None, False, {"best": {"recipe": {"depth": 1}}}, "no training of the winning recipe has a model"),
        (3, False, None, "no finished trial 3; they go up to 2"),
        (1, False, None, "trial 1 diverged, so there is no model"),
        (2, False, None, "trial 2 failed, so there is no model (ValueError: no); export another one"),
    ],
)
def test_what_cannot_be_chosen_is_said_in_one_line(
    study: Study, trial: int | None, minimal: bool, verdict: dict[str, Any] | None, message: str
) -> None:
    if verdict is not None:
        conclude(study, **verdict)
    with pytest.raises(StudyError) as error:
        choose_training(study, trial, minimal=minimal)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
