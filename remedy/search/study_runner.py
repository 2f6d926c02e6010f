"""Trains recipes for one Optuna study and writes down what came out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import optuna
from optuna.trial import FrozenTrial, TrialState

from remedy.errors import UserCodeError
from remedy.fixes import apply_recipe
from remedy.plan import Plan, Recipe
from remedy.search.records import TrialRecord, close_trial, finished_records, to_record, write_result
from remedy.search.storage import close_written
from remedy.training import EpochRecord, Job, JobFailed, JobResult, Limits, Outcome, TrainJob

_NO_LIMITS = Limits()


class Trainer(Protocol):
    """Whoever runs the trainings: the worker pool, or a stand-in in tests."""

    @property
    def has_idle_worker(self) -> bool:
        """Whether `submit` may be called."""

    def submit(self, job: Job, on_epoch: Callable[[EpochRecord], bool]) -> int:
        """Start a job; the number returned names it in `wait`."""

    def wait(self) -> tuple[int, JobResult]:
        """Block until a job is over."""


class Progress(Protocol):
    """Someone who watches; told about every step as it happens."""

    def trial_started(self, study: str, number: int, recipe: Recipe) -> None:
        """A training begins."""

    def epoch_finished(self, study: str, number: int, record: EpochRecord) -> None:
        """An epoch of a running training is over."""

    def trial_finished(self, study: str, record: TrialRecord) -> None:
        """A training is over and written down."""


SaveCurve = Callable[[str, int, tuple[EpochRecord, ...]], None]
"""Keeps the curve of a training, by the study's name and the trial's number."""


@dataclass(frozen=True)
class Context:
    """What all studies of an experiment share."""

    baseline: Plan
    min_skill: float
    trainer: Trainer
    progress: Progress
    save_curve: SaveCurve


class StudyRunner:
    """Runs trainings for one study, several at a time if the trainer can.

    Trials that were running when their process ended are taken up again, number and all.

    Args:
        study: where the trials are recorded.
        context: shared by all studies of the experiment.
    """

    def __init__(self, study: optuna.Study, context: Context) -> None:
        self.study = study
        self._context = context
        self._running: dict[int, optuna.Trial] = {}
        close_written(study)
        self._interrupted = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))

    @property
    def can_start(self) -> bool:
        """Whether a worker is free."""
        return self._context.trainer.has_idle_worker

    @property
    def running(self) -> int:
        """How many trainings are under way."""
        return len(self._running)

    def records(self) -> list[TrialRecord]:
        """All finished trainings of the study."""
        return finished_records(self.study)

    def ask(self) -> optuna.Trial:
        """A trial to start: one that an earlier process left unfinished, or a new one."""
        if self._interrupted:
            return optuna.Trial(self.study, self._interrupted.pop(0)._trial_id)
        return self.study.ask()

    def start(
        self,
        trial: optuna.Trial,
        recipe: Recipe,
        seed: int,
        *,
        go_on: Callable[[EpochRecord], bool] = lambda _: True,
        model_path: Path | None = None,
        limits: Limits = _NO_LIMITS,
    ) -> None:
        """Start a training on a free worker.

        Args:
            trial: the study's trial that will hold the outcome.
            recipe: the fixes to apply to the baseline.
            seed: for weights, shuffling and dropout.
            go_on: asked after every epoch; a false answer prunes the training.
            model_path: where to save the trained model.
            limits: beyond which the training fails.
        """
        context, name = self._context, self.study.study_name
        trial.set_user_attr("recipe", recipe)
        trial.set_user_attr("seed", seed)

        def on_epoch(record: EpochRecord) -> bool:
            context.progress.epoch_finished(name, trial.number, record)
            return go_on(record)

        job = TrainJob(apply_recipe(context.baseline, recipe), seed, context.min_skill, model_path, limits)
        self._running[context.trainer.submit(job, on_epoch)] = trial
        context.progress.trial_started(name, trial.number, recipe)

    def fail(self, trial: optuna.Trial, recipe: Recipe, seed: int, error: UserCodeError) -> None:
        """Write a trial down as failed whose plan could not be made, since a fix of the user's raised."""
        trial.set_user_attr("recipe", recipe)
        trial.set_user_attr("seed", seed)
        self._context.progress.trial_started(self.study.study_name, trial.number, {})
        self._write(trial, JobFailed(str(error), error.details))

    def finish_next(self) -> TrialRecord:
        """Wait for a training to end and write it down: curve first, so that a finished trial has one."""
        job_id, result = self._context.trainer.wait()
        return self._write(self._running.pop(job_id), result)

    def _write(self, trial: optuna.Trial, result: JobResult) -> TrialRecord:
        if not isinstance(result, Outcome | JobFailed):
            raise TypeError(f"a training cannot end with {result!r}")
        if isinstance(result, Outcome):
            self._context.save_curve(self.study.study_name, trial.number, result.curve)
        write_result(trial, result)
        close_trial(self.study, self._stored(trial))
        record = to_record(self._stored(trial))
        self._context.progress.trial_finished(self.study.study_name, record)
        return record

    def _stored(self, trial: optuna.Trial) -> FrozenTrial:
        return self.study.get_trials(deepcopy=False)[trial.number]
