"""What is known about a run while it goes on, without a word about how it is shown."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from remedy.ablation import expected_trainings, likely_fixes
from remedy.fixes import apply_recipe
from remedy.phases import BASELINE_SEEDS
from remedy.plan import Plan, Recipe
from remedy.preparation import Prepared
from remedy.results.folder import StudyFolder
from remedy.results.trials_file import Row, read_rows
from remedy.search import TrialRecord
from remedy.training import EpochRecord
from remedy.workers import worker_count

PHASES = ("baseline", "search", "confirmation", "ablation")
"""The kinds of training, in the order in which they begin."""


@dataclass
class Running:
    """A training that is under way."""

    recipe: Recipe
    epochs: int
    epoch: int = 0
    skill: float = math.nan


class Board:
    """Follows a run and sums up where it stands; says nothing. The base class of everything that does.

    Args:
        clock: seconds since whenever.

    Attributes:
        folder: the study's; `None` until something may have been written.
        study: the kind of training that began last, `""` before the first.
        done: study -> finished trainings, those of earlier runs included.
        running: study and number -> training, the oldest first.
        best: the highest ranked row of `trials.csv`.
        baseline: the baseline's trainings that this run has finished.
        diagnosis: what was found wrong with it, as a sentence.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._start = clock()
        self._seconds: list[float] = []
        self._totals: dict[str, int] = {}
        self._timeout: float | None = None
        self._workers = 1
        self._baseline: Plan | None = None
        self.folder: StudyFolder | None = None
        self.study = ""
        self.done = dict.fromkeys(PHASES, 0)
        self.running: dict[tuple[str, int], Running] = {}
        self.best: Row | None = None
        self.baseline: list[TrialRecord] = []
        self.diagnosis: str | None = None

    def prepared(self, prepared: Prepared, folder: StudyFolder) -> None:
        """Take down what is to be done."""
        experiment = prepared.experiment
        self.folder = folder
        self._baseline = prepared.baseline
        self._workers = worker_count(experiment.search.workers)
        self._timeout = experiment.search.timeout
        self._totals = {
            "baseline": BASELINE_SEEDS,
            "search": int(min(experiment.search.trials, prepared.space.size)),
            "confirmation": experiment.confirm.top * experiment.confirm.seeds,
            "ablation": _expected_ablation(prepared),
        }
        self._read_best()

    def noticed(self, message: str) -> None:
        """Nothing depends on it."""

    def phase(self, study: str, total: int, done: int) -> None:
        """Take down how much of it there is already."""
        self.study = study
        self._totals[study] = total
        self.done[study] = done

    def diagnosed(self, sentence: str) -> None:
        """Take down what was found."""
        self.diagnosis = sentence

    def trial_started(self, study: str, number: int, recipe: Recipe) -> None:
        """Take down what is trained."""
        self.study = study
        assert self._baseline is not None  # noqa: S101 - it is prepared before anything is trained
        self.running[study, number] = Running(recipe, apply_recipe(self._baseline, recipe).epochs)

    def epoch_finished(self, study: str, number: int, record: EpochRecord) -> None:
        """Take down how far it is."""
        training = self.running[study, number]
        training.epoch, training.skill = record.epoch, record.val_skill

    def trial_finished(self, study: str, record: TrialRecord) -> None:
        """Take down how it ended."""
        self.running.pop((study, record.number), None)
        self.done[study] += 1
        if math.isfinite(record.seconds):
            self._seconds.append(record.seconds)
        if study == "baseline":
            self.baseline.append(record)
        elif study == "search":
            self._read_best()

    def total(self, study: str) -> int:
        """How many trainings there are to be, as far as that is known."""
        return self._totals.get(study, 0)

    @property
    def elapsed(self) -> float:
        """Seconds since this run began."""
        return self._clock() - self._start

    @property
    def left(self) -> float | None:
        """Seconds until everything is trained, at the pace of this run's trainings; `None` before the first.

        At most so long, as far as one can know: trainings may be pruned and phases may turn out needless.
        """
        if not self._seconds:
            return None
        pace = sum(self._seconds) / len(self._seconds) / self._workers
        left = {study: max(self.total(study) - self.done[study], 0) * pace for study in PHASES}
        if self._timeout is not None:
            to_come = max(self._timeout - self.elapsed, 0.0)
            left["search"] = min(left["search"], to_come)
            left["ablation"] = min(
                left["ablation"], max(to_come - left["search"] - left["confirmation"], 0.0)
            )
        begun_already = sum(training.epoch / training.epochs for training in self.running.values()) * pace
        return max(sum(left.values()) - begun_already, 0.0)

    def _read_best(self) -> None:
        if self.folder is not None and self.folder.trials.exists():
            _, rows = read_rows(self.folder.trials)
            self.best = rows[0] if rows else None


def _expected_ablation(prepared: Prepared) -> int:
    """As long as the winner is not known: what its ablation is likely to take."""
    if not prepared.experiment.ablation:
        return 0
    return expected_trainings(likely_fixes(len(prepared.space.fixes)), prepared.experiment.confirm.seeds)
