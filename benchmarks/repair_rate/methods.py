"""The searches that are compared; each may begin a trial as long as its budget of seconds is not used up."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import numpy as np
import optuna

import remedy
from benchmarks.repair_rate.trainer import Trainer
from benchmarks.repair_rate.trials import Trial, known, seconds_of, trials_of
from benchmarks.repair_rate.turn import Turn
from remedy.fixes import drop_idle_fixes
from remedy.phases import REPLICATED
from remedy.plan import Recipe
from remedy.preparation import Prepared
from remedy.results.diagnosis_file import read_diagnosis
from remedy.results.folder import StudyFolder
from remedy.run_progress import Silent
from remedy.search import TrialRecord, make_sampler, suggest_recipe

WORKERS = 2
"""Of every search."""

_PROOF = frozenset({"confirmation", "ablation"})

_TRIALS = 1000
"""More than any budget suffices for."""


class Meter(Silent):
    """Measures what a run spends, and ends its search when the budget is used up.

    Args:
        budget: of the search and the diagnosis, in trainings of the baseline.
        turn: ends with the search, as nothing after it is measured.

    Attributes:
        diagnosis_seconds: from the end of the baseline's trainings to the diagnosis, the learnability probe
            included, in which no worker of the run has anything else to do: those of all workers together.
    """

    def __init__(self, budget: float, turn: Turn) -> None:
        self._budget = budget
        self._turn = turn
        self._baseline: list[float] = []
        self._trained = time.monotonic()
        self.diagnosis_seconds = 0.0

    @property
    def baseline_seconds(self) -> float:
        """Mean of one training of the baseline."""
        return float(np.mean(self._baseline))

    def phase(self, study: str, total: int, done: Sequence[TrialRecord]) -> None:  # noqa: ARG002
        """End the turn if it is the proof that begins."""
        if study in _PROOF:
            self._turn.end()

    def trial_finished(self, study: str, record: TrialRecord) -> None:
        """Note what a training of the baseline took."""
        if study == "baseline":
            self._baseline.append(known(record.seconds))
            self._trained = time.monotonic()

    def diagnosed(self, sentence: str) -> None:  # noqa: ARG002
        """Note what the diagnosis took."""
        self.diagnosis_seconds = WORKERS * (time.monotonic() - self._trained)

    def is_spent(self, trials: Sequence[TrialRecord]) -> bool:
        """Whether no trial may begin any more; the first one always may."""
        spent = self.diagnosis_seconds + sum(known(trial.seconds) for trial in trials)
        return bool(trials) and spent >= self._budget * self.baseline_seconds


@dataclass(frozen=True)
class Cured:
    """What a run of remedy has found, and what it took.

    Attributes:
        winner: the recipe that held up best under fresh seeds, if one was worth a confirmation.
        minimal: the smallest recipe that is as good, if there is a cure.
        symptoms: what the diagnosis found, the likeliest cause first.
        statuses: of the baseline's trainings.
        baseline_skill: their mean on the validation split; NaN if one diverged.
        trials: of the search, in the order in which they ended.
    """

    verdict: str
    winner: Recipe | None
    minimal: Recipe | None
    symptoms: tuple[str, ...]
    statuses: tuple[str, ...]
    baseline_skill: float
    baseline_seconds: float
    diagnosis_seconds: float
    proof_seconds: float
    trials: list[Trial] = field(default_factory=list)


def settings(seed: int) -> list[str]:
    """What is put in place of what an experiment file says."""
    return [
        f"search.seed={seed}",
        f"search.trials={_TRIALS}",
        f"search.workers={WORKERS}",
        "confirm.top=2",
        "confirm.seeds=3",
        "diagnosis=true",
        "ablation=true",
    ]


def run_remedy(experiment: Path, seed: int, budget: float, results: Path, turn: Turn) -> Cured:
    """Run an experiment whose search and diagnosis have a budget; the proof comes on top.

    Args:
        experiment: its file.
        seed: of the search.
        budget: in trainings of the baseline.
        results: a folder for the study.
        turn: in which all but the proof is run.
    """
    meter = Meter(budget, turn)
    with turn.taken():
        verdict = remedy.run(
            experiment, results=results, overrides=settings(seed), progress=meter, enough=meter.is_spent
        )
    [folder] = [path for path in results.iterdir() if path.is_dir()]
    study = remedy.load(folder)
    records = {name: study.records(name) for name in ("search", *REPLICATED)}
    diagnosis = read_diagnosis(StudyFolder(folder)) or {"symptoms": []}
    return Cured(
        verdict=verdict.verdict,
        winner=verdict.best.recipe if verdict.best else None,
        minimal=verdict.minimal.recipe if verdict.minimal else None,
        symptoms=tuple(finding["name"] for finding in diagnosis["symptoms"]),
        statuses=tuple(record.status for record in records["baseline"]),
        baseline_skill=verdict.baseline.skill,
        baseline_seconds=meter.baseline_seconds,
        diagnosis_seconds=meter.diagnosis_seconds,
        proof_seconds=sum(known(record.seconds) for name in REPLICATED for record in records[name]),
        trials=trials_of(records["search"]),
    )


def is_spent(seconds: float) -> Callable[[Sequence[Trial]], bool]:
    """Whether trials have used up so many seconds; the first one may always begin."""
    return lambda trials: bool(trials) and seconds_of(trials) >= seconds


def random_search(prepared: Prepared, trainer: Trainer, seed: int, seconds: float) -> list[Trial]:
    """Draw recipes from the whole space, and train every one to its end."""
    study = optuna.create_study(direction="maximize", sampler=make_sampler("random", seed))
    drawn = (suggest_recipe(study.ask(), prepared.space) for _ in count())
    recipes = ((drop_idle_fixes(prepared.baseline, recipe), seed) for recipe in drawn)
    return trainer.trials(recipes, is_spent(seconds))
