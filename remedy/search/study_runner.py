"""Trains recipes for one Optuna study and writes down what came out."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field
from typing import Protocol

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from remedy.errors import StudyError, UserCodeError
from remedy.fixes import apply_recipe
from remedy.plan import Plan, Recipe, recipe_key
from remedy.search.draft import draft_trial, is_draft, write_draft
from remedy.search.records import (
    TrialRecord,
    close_trial,
    finished_records,
    has_result,
    order_of,
    place_order,
    to_record,
    write_result,
)
from remedy.search.storage import close_written, short_name
from remedy.search.terms import TermsOf
from remedy.training import EpochRecord, Job, JobFailed, JobResult, Outcome, TrainJob

LOOK_EVERY = 0.2
"""Seconds for which a run listens to its own workers before it looks for news of others."""

ATTEMPTS_ELSEWHERE = 2
"""How often a trial is given to workers of other processes; if they end unexpectedly, it is trained here."""


class Trainer(Protocol):
    """Whoever runs the trainings: the worker pool, or a stand-in in tests."""

    @property
    def size(self) -> int:
        """How many trainings run at once."""

    @property
    def has_idle_worker(self) -> bool:
        """Whether `submit` may be called."""

    def submit(self, job: Job, on_epoch: Callable[[EpochRecord], bool]) -> int:
        """Start a job; the number returned names it in `wait_for`."""

    def wait_for(self, seconds: float) -> tuple[int, JobResult] | None:
        """Block until a job is over, or that time has passed."""


class Elsewhere(Protocol):
    """Workers of other processes, which share the storage."""

    @property
    def has_idle_worker(self) -> bool:
        """Whether `give` is worth a try."""

    def give(self, study: str, number: int) -> bool:
        """Have a trial trained; false if there is nobody any more."""

    def at_work(self, study: str) -> Set[int]:
        """The trials of a study that were given to someone who lives."""

    def fetch(self, study: str, trial: FrozenTrial) -> None:
        """Put what a trial brought along where it belongs."""


class NoTrainer:
    """Trains nothing: all trainings are elsewhere."""

    size = 0
    has_idle_worker = False

    def submit(self, job: Job, on_epoch: Callable[[EpochRecord], bool]) -> int:  # noqa: ARG002
        """Never called, since nobody is idle."""
        raise RuntimeError("there is no worker here")

    def wait_for(self, seconds: float) -> None:
        """Let the time pass."""
        time.sleep(seconds)


class Nobody:
    """There are no other processes."""

    has_idle_worker = False

    def give(self, study: str, number: int) -> bool:  # noqa: ARG002
        """Have nobody take it."""
        return False

    def at_work(self, study: str) -> Set[int]:  # noqa: ARG002
        """None."""
        return frozenset()

    def fetch(self, study: str, trial: FrozenTrial) -> None:
        """Do nothing: nobody has brought anything."""


class Progress(Protocol):
    """Someone who watches; told about every step as it happens."""

    def trial_started(self, study: str, number: int, recipe: Recipe) -> None:
        """A training begins."""

    def epoch_finished(self, study: str, number: int, record: EpochRecord) -> None:
        """An epoch of a running training is over."""

    def trial_finished(self, study: str, record: TrialRecord) -> None:
        """A training is over and written down."""


SaveCurve = Callable[[optuna.Trial, tuple[EpochRecord, ...]], None]
"""Keeps the curve of a training."""


@dataclass(frozen=True)
class Context:
    """What all studies of an experiment share.

    Attributes:
        elsewhere: whoever else trains.
    """

    baseline: Plan
    min_skill: float
    trainer: Trainer
    progress: Progress
    save_curve: SaveCurve
    elsewhere: Elsewhere = field(default_factory=Nobody)


class StudyRunner:
    """Runs trainings for one study, several at a time if the trainer can, here and elsewhere.

    Nobody else makes trials in the study. Those that were running when their process ended are taken up
    again, number and all, and so are those that a worker elsewhere has left.

    Args:
        study: where the trials are recorded; its name is the last part of the name in the storage.
        context: shared by all studies of the experiment.
        terms: under which a trial is trained.
    """

    def __init__(self, study: optuna.Study, context: Context, terms: TermsOf) -> None:
        self.study = study
        self._name = short_name(study)
        self._context = context
        self._terms = terms
        self._here: dict[int, optuna.Trial] = {}
        self._given: dict[int, optuna.Trial] = {}
        self._attempts: dict[int, int] = {}
        self._to_train: deque[optuna.Trial] = deque()
        self._to_close: deque[optuna.Trial] = deque()
        at_work = context.elsewhere.at_work(self._name)
        close_written(study)
        self._interrupted: list[FrozenTrial] = []
        for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            if trial.number in at_work:
                self._given[trial.number] = optuna.Trial(study, trial._trial_id)
            else:
                self._interrupted.append(trial)

    @property
    def can_start(self) -> bool:
        """Whether a worker is free."""
        return not self._to_train and self._has_idle_worker

    @property
    def running(self) -> int:
        """How many trainings are under way."""
        return sum(1 for _ in self._unfinished())

    def records(self) -> list[TrialRecord]:
        """All finished trainings of the study."""
        return finished_records(self.study)

    def under_way(self) -> list[tuple[str, int]]:
        """Recipe keys and seeds of what is being trained."""
        orders = (order_of(self._stored(trial)) for trial in self._unfinished())
        return [(recipe_key(recipe), seed) for recipe, seed in orders]

    def ask(self) -> optuna.Trial:
        """A trial to start: one that an earlier process left unfinished, one that waits, or a draft.

        It is to be started, or failed, before another is asked for.
        """
        if not self._interrupted:
            trials = self.study.get_trials(deepcopy=False)
            # A storage that was asked twice, since its answer was lost, has made two.
            known = {one.number for one in self._unfinished()}
            self._interrupted += [
                one for one in trials if one.state is TrialState.RUNNING and one.number not in known
            ]
        if self._interrupted:
            return optuna.Trial(self.study, self._interrupted.pop(0)._trial_id)
        if any(one.state is TrialState.WAITING for one in trials):
            return self.study.ask()
        return draft_trial(self.study, trials)

    def order_before(self, trial: optuna.Trial) -> tuple[Recipe, int] | None:
        """Recipe and seed with which an earlier process has begun a trial, if it came to that."""
        if is_draft(trial):
            return None
        stored = self._stored(trial)
        return order_of(stored) if stored.user_attrs.keys() >= {"recipe", "seed"} else None

    def start(self, trial: optuna.Trial, recipe: Recipe, seed: int) -> None:
        """Start a training on a free worker.

        Args:
            trial: the study's trial that will hold the outcome.
            recipe: the fixes to apply to the baseline.
            seed: for weights, shuffling and dropout.
        """
        trial = self._place(trial, recipe, seed)
        self._context.progress.trial_started(self._name, trial.number, recipe)
        self._to_train.append(trial)
        self._hand_out()

    def fail(self, trial: optuna.Trial, recipe: Recipe, seed: int, error: UserCodeError) -> None:
        """Write a trial down as failed whose plan could not be made, since a fix of the user's raised."""
        trial = self._place(trial, recipe, seed)
        self._context.progress.trial_started(self._name, trial.number, {})
        self._write(trial, JobFailed(str(error), error.details))

    def next_finished(self) -> TrialRecord | None:
        """Wait for a training to end, and write it down.

        Returns:
            `None` if none has ended for a moment: there may be workers now that were not there before.
        """
        self._hand_out()
        record = self._finished_elsewhere()
        if record is not None:
            return record
        ended = self._context.trainer.wait_for(LOOK_EVERY)
        return None if ended is None else self._write(self._here.pop(ended[0]), ended[1])

    def _place(self, trial: optuna.Trial, recipe: Recipe, seed: int) -> optuna.Trial:
        place_order(trial, recipe, seed)
        return write_draft(self.study, trial) if is_draft(trial) else trial

    @property
    def _has_idle_worker(self) -> bool:
        # In this order, so that it is seen in time if this run leads no more.
        idle_elsewhere = self._context.elsewhere.has_idle_worker
        return self._context.trainer.has_idle_worker or idle_elsewhere

    def _hand_out(self) -> None:
        while self._to_train and self._has_idle_worker:
            trial = self._to_train[0]
            if self._context.trainer.has_idle_worker:
                self._train_here(trial)
            elif self._may_go_elsewhere(trial) and self._context.elsewhere.give(self._name, trial.number):
                self._given[trial.number] = trial
            else:
                return
            self._to_train.popleft()

    def _may_go_elsewhere(self, trial: optuna.Trial) -> bool:
        return self._attempts.get(trial.number, 0) < ATTEMPTS_ELSEWHERE

    def _train_here(self, trial: optuna.Trial) -> None:
        recipe, seed = order_of(self._stored(trial))
        terms = self._terms(trial, recipe, seed)

        def on_epoch(record: EpochRecord) -> bool:
            self._context.progress.epoch_finished(self._name, trial.number, record)
            return terms.go_on(record)

        plan = apply_recipe(self._context.baseline, recipe)
        job = TrainJob(plan, seed, self._context.min_skill, terms.model_path, terms.limits)
        self._here[self._context.trainer.submit(job, on_epoch)] = trial

    def _unfinished(self) -> Iterator[optuna.Trial]:
        return itertools.chain(self._here.values(), self._given.values(), self._to_train, self._to_close)

    def _finished_elsewhere(self) -> TrialRecord | None:
        if self._given and not self._to_close:
            self._look_elsewhere()
        return self._close(self._to_close.popleft()) if self._to_close else None

    def _look_elsewhere(self) -> None:
        # In this order: who has finished may leave at once.
        at_work = self._context.elsewhere.at_work(self._name)
        trials = self.study.get_trials(deepcopy=False)
        for number, trial in list(self._given.items()):
            stored = trials[number]
            if stored.state.is_finished() or has_result(stored):
                del self._given[number]
                self._to_close.append(trial)
            elif number not in at_work:
                del self._given[number]
                self._attempts[number] = self._attempts.get(number, 0) + 1
                if self._may_go_elsewhere(trial) or self._context.trainer.size:
                    self._to_train.append(trial)
                else:
                    times = self._attempts[number]
                    error = f"{times} workers ended unexpectedly with it"
                    record_result(trial, JobFailed(error, ""), self._context.save_curve)
                    self._to_close.append(trial)

    def _write(self, trial: optuna.Trial, result: JobResult) -> TrialRecord:
        record_result(trial, result, self._context.save_curve)
        return self._close(trial)

    def _close(self, trial: optuna.Trial) -> TrialRecord:
        close_trial(self.study, self._stored(trial))
        stored = self._stored(trial)
        self._context.elsewhere.fetch(self._name, stored)
        record = to_record(stored)
        self._context.progress.trial_finished(self._name, record)
        return record

    def _stored(self, trial: optuna.Trial) -> FrozenTrial:
        return self.study._storage.get_trial(trial._trial_id)


def record_result(trial: optuna.Trial, result: JobResult, save_curve: SaveCurve) -> bool:
    """Write a result down: curve first, so that a finished trial has one.

    Returns:
        Whether it counts: someone who was taken for dead may have finished the trial before.

    Raises:
        StudyError: the machine is at fault; the trial is left as one that was interrupted.
    """
    if not isinstance(result, Outcome | JobFailed):
        raise TypeError(f"a training cannot end with {result!r}")
    if isinstance(result, JobFailed) and result.is_fault:
        raise StudyError(result.error, result.details)
    try:
        if isinstance(result, Outcome):
            save_curve(trial, result.curve)
        write_result(trial, result)
    except UpdateFinishedTrialError:
        return False
    return True
