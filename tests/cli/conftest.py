from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from remedy.cli import main
from remedy.plan import Recipe
from remedy.preparation import prepare
from remedy.results.curves import Curves
from remedy.results.files import write_json
from remedy.results.folder import StudyFolder
from remedy.results.trials_file import write_trials
from remedy.results.trials_table import trials_table
from remedy.search import Studies, finished_records
from remedy.search.records import close_trial, write_result
from remedy.storage import open_journal
from remedy.training import EpochRecord, JobFailed, Outcome, Status

EXPERIMENT = """\
data:
  source: sine.csv
  target: value
  window: {length: 6}
model: {template: dense, units: 4}
training: {epochs: 3, batch_size: 10}
fixes:
  scaling: [minmax, standard]
  learning_rate: {low: 1e-4, high: 1e-1, log: true}
  reduce_lr_on_plateau: {factor: [0.1, 0.5], patience: [3, 5]}
  batch_normalization: true
  recurrent_initializer: true
search: {trials: 4}
confirm: {top: 2, seeds: 3}
"""

VERDICT: dict[str, Any] = {
    "verdict": "unstuck",
    "baseline": {"status": "slow", "skill": -0.884, "test_skill": -1.2},
    "best": {
        "trial": 1,
        "recipe": {"scaling": "minmax", "reduce_lr_on_plateau": {"factor": 0.1, "patience": 5}},
        "skill": 0.731,
        "skill_low": 0.69,
        "skill_high": 0.771,
        "seeds": 3,
        "learning": 3,
        "test_skill": 0.85,
        "metrics": {"mse": 12.0, "skill_against_persistence": -0.3},
    },
    "minimal": {
        "recipe": {"scaling": "minmax"},
        "skill": 0.72,
        "skill_low": 0.68,
        "skill_high": 0.76,
        "seeds": 3,
        "learning": 3,
    },
    "fixes": [
        {
            "fix": "scaling",
            "value": "minmax",
            "alone": 0.72,
            "without": -0.8,
            "drop": 1.53,
            "drop_low": 1.4,
            "drop_high": 1.66,
            "role": "needed",
            "in_minimal": True,
            "role_in_minimal": "needed",
            "without_status": "flat",
            "substitutes": [],
        },
        {
            "fix": "reduce_lr_on_plateau",
            "value": {"factor": 0.1, "patience": 5},
            "alone": None,
            "without": 0.72,
            "drop": 0.01,
            "drop_low": -0.02,
            "drop_high": 0.04,
            "role": "neutral",
            "in_minimal": False,
            "role_in_minimal": None,
            "without_status": "learning",
            "substitutes": [],
        },
    ],
    "effects": [
        {
            "fix": "scaling",
            "trials_with": 1,
            "learned_with": 1,
            "share_with": 1.0,
            "share_with_low": 0.2,
            "share_with_high": 1.0,
            "trials_without": 2,
            "learned_without": 0,
            "share_without": 0.0,
            "share_without_low": 0.0,
            "share_without_high": 0.66,
            "importance": None,
        },
    ],
    "learnability": {"probe": "ridge", "skill": 0.9, "skill_low": 0.85, "skill_high": 0.93},
    "ablation": "done",
    "cost": {
        "trials": 4,
        "seconds": 84.2,
        "baseline_seconds": 6.1,
        "first_unstuck_seconds": 9.3,
        "epochs_saved": 0.612,
        "trainings": {"baseline": 3, "search": 4, "confirmation": 3, "ablation": 9},
    },
}


class Ended(NamedTuple):
    """How a call of the command line ended."""

    status: int
    out: str
    err: str


Remedy = Callable[..., Ended]


@pytest.fixture
def remedy(capsys: pytest.CaptureFixture[str]) -> Remedy:
    """Calls the command line in this process."""

    def call(*arguments: object) -> Ended:
        with pytest.raises(SystemExit) as exit_:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ended(exit_.value.code if isinstance(exit_.value.code, int) else 0, *captured)

    return call


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with a small experiment in it."""
    monkeypatch.chdir(tmp_path)
    rows = [f"{100 + 50 * math.sin(step / 4):.4f}" for step in range(150)]
    Path("sine.csv").write_text("value\n" + "\n".join(rows) + "\n")
    Path("sine.yaml").write_text(EXPERIMENT)
    return tmp_path


def curve(*skills: float) -> tuple[EpochRecord, ...]:
    return tuple(
        EpochRecord(epoch, 1 - skill, 1 - skill, skill, skill, learning_rate=0.001, gradient_norm=0.5)
        for epoch, skill in enumerate(skills, start=1)
    )


def outcome(status: Status, *skills: float) -> Outcome:
    return Outcome(status, skills[-1], skills[-1], seconds=1.25, parameters=40, curve=curve(*skills))


TRIALS: Sequence[tuple[Recipe, Outcome | JobFailed]] = (
    ({"learning_rate": 0.01}, outcome(Status.FLAT, -1.0, -0.9, -0.8)),
    (
        {"scaling": "minmax", "reduce_lr_on_plateau": {"factor": 0.1, "patience": 5}},
        outcome(Status.LEARNING, -0.5, 0.25, 0.75),
    ),
    ({"learning_rate": 0.1}, outcome(Status.DIVERGED, -5.0, math.nan)),
    ({"batch_normalization": True}, JobFailed("ValueError: no such layer", "traceback")),
)


@pytest.fixture
def study(folder: Path) -> StudyFolder:
    """A finished study, as the writers of a run leave it."""
    prepared = prepare("sine.yaml")
    study_folder = StudyFolder(Path("results/sine"))
    study_folder.path.mkdir(parents=True)
    study_folder.adopt(prepared.experiment, {"data": {}}, prepared.baseline)
    studies = Studies(open_journal(study_folder.journal))
    baseline: Sequence[tuple[Recipe, Outcome]] = [({}, outcome(Status.SLOW, -2.0, -1.5, -1.0))]
    for name, trainings in (("search", TRIALS), ("baseline", baseline)):
        optuna_study = studies.open(name)
        curves = Curves(study_folder.path, name)
        for recipe, result in trainings:
            trial = optuna_study.ask()
            trial.set_user_attr("recipe", recipe)
            trial.set_user_attr("seed", 7)
            if isinstance(result, Outcome):
                curves.save(trial.number, result.curve)
            write_result(trial, result)
            close_trial(optuna_study, optuna_study.trials[trial.number])
        curves.merge()
        if name == "search":
            write_trials(study_folder.trials, trials_table(finished_records(optuna_study), prepared.space))
    write_json(study_folder.verdict, VERDICT)
    return study_folder


@pytest.fixture
def verdict() -> dict[str, Any]:
    """A verdict that a test may change."""
    plain: dict[str, Any] = json.loads(json.dumps(VERDICT))
    return plain


@pytest.fixture(autouse=True)
def _name_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["remedy"])
