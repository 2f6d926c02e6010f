"""What is known about a run while it goes on, without a word about how it is shown."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from remedy.cli.forecast import Pace, Stand, time_left, trainings
from remedy.cli.time_left import Span
from remedy.fixes import apply_recipe
from remedy.phases import BASELINE_SEEDS, STUDIES
from remedy.plan import Plan, Recipe
from remedy.preparation import Prepared
from remedy.results.curves import Curves
from remedy.results.folder import StudyFolder
from remedy.run_progress import Step
from remedy.search import TrialRecord, best_recipes, rank
from remedy.training import EpochRecord, Status
from remedy.workers import worker_count

PHASES = ("baseline", "diagnosis", "search", "confirmation", "ablation")
"""In the order in which they begin."""

BEST = 5
"""So many of the best trials have their curves at hand."""


@dataclass
class Running:
    """A training that is under way."""

    recipe: Recipe
    epochs: int
    began: float
    epoch: int = 0
    skill: float = math.nan
    curve: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Saved:
    """What the search did not have to train, as trials were stopped early.

    Attributes:
        epochs: that were not trained.
        planned: those of all finished trials.
    """

    epochs: int
    planned: int


class Board:
    """Follows a run and sums up where it stands; says nothing. The base class of everything that does.

    Args:
        clock: seconds since whenever.

    Attributes:
        folder: the study's; `None` until something may have been written.
        now: the phase or step that began last, `""` before the first.
        finished: study -> number -> finished training, those of earlier runs included.
        running: study and number -> training, the oldest first.
        best: the highest ranked trials of the search.
        spent: phase or step -> seconds of this run.
        diagnosis: what was found wrong with the baseline, as a sentence.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._start = self._since = clock()
        self._totals: dict[str, int] = {}
        self._trained_here = 0.0
        self._ended_here = 0
        self._workers = 1
        self._prepared: Prepared  # there before anything else is told or asked
        self._planned: dict[int, int] = {}
        self._candidates: list[Recipe] = []
        self._curves: dict[tuple[str, int], list[float]] = {}
        self.folder: StudyFolder | None = None
        self.now = ""
        self.finished: dict[str, dict[int, TrialRecord]] = {name: {} for name in STUDIES}
        self.running: dict[tuple[str, int], Running] = {}
        self.best: list[TrialRecord] = []
        self.spent: dict[str, float] = {}
        self.diagnosis: str | None = None

    def prepared(self, prepared: Prepared, folder: StudyFolder) -> None:
        """Take down what is to be done."""
        experiment = prepared.experiment
        self.folder = folder
        self._prepared = prepared
        self._workers = worker_count(experiment.search.workers)
        self._totals = {
            "baseline": BASELINE_SEEDS,
            "search": int(min(experiment.search.trials, prepared.space.size)),
        }

    def noticed(self, message: str) -> None:
        """Nothing depends on it."""

    def phase(self, study: str, total: int, done: Sequence[TrialRecord]) -> None:
        """Take down what there is of it already."""
        self._enter(study)
        self._totals[study] = total
        self.finished[study] |= {record.number: record for record in done}
        self._look_at_best(study)

    def step(self, name: Step) -> None:
        """Take down what goes on."""
        self._enter(name)

    def diagnosed(self, sentence: str) -> None:
        """Take down what was found."""
        self.diagnosis = sentence

    def trial_started(self, study: str, number: int, recipe: Recipe) -> None:
        """Take down what is trained."""
        self._enter(study)
        self.running[study, number] = Running(recipe, self._epochs(recipe), self._clock())

    def epoch_finished(self, study: str, number: int, record: EpochRecord) -> None:
        """Take down how far it is; a worker that had to start over tells its epochs again."""
        training = self.running.get((study, number))
        if training is None:  # begun elsewhere before this run, and brought back
            return
        training.epoch, training.skill = record.epoch, record.val_skill
        training.curve[record.epoch - 1 :] = [record.val_skill]

    def trial_finished(self, study: str, record: TrialRecord) -> None:
        """Take down how it ended."""
        training = self.running.pop((study, record.number), None)
        if training is not None and training.curve:
            self._curves[study, record.number] = training.curve
        self.finished[study][record.number] = record
        if study != "baseline" and math.isfinite(record.seconds):
            self._trained_here += record.seconds
            self._ended_here += 1
        self._look_at_best(study)

    @property
    def at_work(self) -> list[tuple[tuple[str, int], Running]]:
        """What is under way, as it is now: it is asked while another thread changes it."""
        return list(self.running.items())

    def done(self, study: str) -> int:
        """How many trainings of a phase are finished."""
        return len(self.finished[study])

    @property
    def baseline_status(self) -> Status:
        """How most trainings of the baseline ended, of which there is one at least.

        Where all of them learn, a search begins only because a simple model surely learns far more.
        """
        statuses = Counter(record.status for record in self.finished["baseline"].values())
        is_searched = self.now == "search" or self.done("search") > 0
        if is_searched and set(statuses) == {Status.LEARNING}:
            return Status.PLATEAUED
        (status, _), *_ = statuses.most_common()
        return status

    def trainings(self, study: str) -> Span:
        """How many trainings a phase has in all, finished ones included; a range as long as that is open."""
        return trainings(self._stand, study)

    def seconds_in(self, name: str) -> float:
        """What a phase or step has taken in this run so far."""
        now = self._clock() - self._since if name == self.now else 0.0
        return self.spent.get(name, 0.0) + now

    def curve(self, study: str, number: int) -> Sequence[float]:
        """The validation skill of a training by epoch; empty if it is not at hand."""
        return self._curves.get((study, number), ())

    @property
    def ablates(self) -> bool:
        """Whether there is to be an ablation."""
        return self._prepared.experiment.ablation

    @property
    def elapsed(self) -> float:
        """Seconds since this run began."""
        return self._clock() - self._start

    @property
    def saved(self) -> Saved:
        """What early stopping has saved in the search so far."""
        planned = list(self._planned.items())
        total = sum(epochs for _, epochs in planned)
        return Saved(total - sum(self.finished["search"][number].epochs for number, _ in planned), total)

    @property
    def left(self) -> Span | None:
        """Seconds until there is a verdict; `None` before the search, as nothing would be but a guess."""
        pace = Pace(
            search=self._durations("search"),
            whole=self._durations("baseline", "confirmation", "ablation"),
            at_once=self._at_once(),
            begun=sum(one.epoch / one.epochs for _, one in self.at_work),
            elapsed=self.elapsed,
            diagnosis=self.spent.get("diagnosis", 0.0),
        )
        return time_left(self._stand, pace)

    @property
    def _stand(self) -> Stand:
        return Stand(
            experiment=self._prepared.experiment,
            fixes=len(self._prepared.space.fixes),
            now=self.now,
            totals=self._totals,
            done={study: self.done(study) for study in STUDIES},
            candidates=[len(recipe) for recipe in self._candidates],
        )

    def _enter(self, name: str) -> None:
        if name != self.now:
            self._settle()
            self.now = name

    def _settle(self) -> None:
        now = self._clock()
        self.spent[self.now] = self.spent.get(self.now, 0.0) + now - self._since
        self._since = now

    def _epochs(self, recipe: Recipe) -> int:
        baseline: Plan = self._prepared.baseline
        return apply_recipe(baseline, recipe).epochs if recipe else baseline.epochs

    def _durations(self, *studies: str) -> list[float]:
        records = (record for study in studies for record in list(self.finished[study].values()))
        return [record.seconds for record in records if math.isfinite(record.seconds)]

    def _at_once(self) -> float:
        """Trainings under way on average, those of other processes included, as soon as that can be told."""
        if self._ended_here < 2 * self._workers:
            return float(self._workers)
        now = self._clock()
        trained = self._trained_here + sum(now - one.began for one in self.running.copy().values())
        wall = sum(self.seconds_in(study) for study in ("search", "confirmation", "ablation"))
        return max(trained / wall, 0.5) if wall > 0 else float(self._workers)

    def _look_at_best(self, study: str) -> None:
        if study not in {"search", "baseline"} or self.folder is None:
            return
        trials = self.finished["search"]
        self._planned |= {
            number: self._epochs(trial.recipe)
            for number, trial in trials.items()
            if number not in self._planned and trial.status is not Status.FAILED
        }
        self.best = rank(trials.values())
        self._candidates = best_recipes(trials.values(), self._prepared.experiment.confirm.top)
        shown = [("search", record.number) for record in self.best[:BEST]]
        shown += [("baseline", number) for number in list(self.finished["baseline"])[:1]]
        for name, number in shown:
            if (name, number) not in self._curves:  # trained by an earlier run or elsewhere
                curve = Curves(self.folder.path, name).of(number)
                self._curves[name, number] = [float(skill) for skill in curve["val_skill"]]
