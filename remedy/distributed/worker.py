"""The loop of a worker that helps with a run which another process leads."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import optuna

from remedy.distributed.heartbeat import Heartbeat
from remedy.distributed.published import is_over
from remedy.distributed.registry import HELPS, Job, Place, Registry
from remedy.errors import UserCodeError
from remedy.fixes import apply_recipe
from remedy.plan import Plan
from remedy.search import (
    Progress,
    SaveCurve,
    TermsOf,
    Trainer,
    close_trial,
    order_of,
    record_result,
    to_record,
)
from remedy.training import EpochRecord, JobFailed, JobResult, TrainJob

_SHORTEST_PAUSE = 0.05
_LONGEST_PAUSE = 1.0
"""Seconds between two looks for something to do: at first often, for trials follow one another."""

_LOOK_FOR_A_RUN_EVERY = 2.0


@dataclass(frozen=True)
class Duty:
    """What a worker has to know to train for a run.

    Attributes:
        studies: of the experiment, by their short names; that of the search has its pruner.
        baseline: the plan that recipes are applied to.
        min_skill: the skill from which on a training counts as learning.
        terms: of each study, by its short name.
        save_curve: keeps a curve where the run finds it.
    """

    studies: Mapping[str, optuna.Study]
    baseline: Plan
    min_skill: float
    terms: Mapping[str, TermsOf]
    save_curve: SaveCurve


@dataclass
class _Task:
    place: Place
    job: Job
    study: optuna.Study
    trial: optuna.Trial


class Worker:
    """Trains what a run gives it until there is a verdict, or no run for too long.

    Args:
        duty: what it trains.
        registry: of those who work on the experiment.
        pool: its processes, each of which has a place in the registry.
        progress: told about every training.
        patience: seconds for which it waits for a run.
    """

    def __init__(
        self,
        duty: Duty,
        registry: Registry,
        pool: Trainer,
        progress: Progress,
        *,
        patience: float,
    ) -> None:
        self._duty = duty
        self._pool = pool
        self._progress = progress
        self._patience = patience
        self._registry = registry
        self._search = duty.studies["search"]
        self._tasks: dict[int, _Task] = {}
        self._done: dict[int, Job | None] = {}
        self._trained = 0

    def run(self) -> int:
        """Work.

        Returns:
            How many trainings were finished.
        """
        places = [self._registry.join(HELPS) for _ in range(self._pool.size)]
        try:
            with Heartbeat(places) as heartbeat:
                self._work(places, heartbeat)
        finally:
            for place in places:
                place.leave()
        return self._trained

    def _work(self, places: list[Place], heartbeat: Heartbeat) -> None:
        seen_a_run = looked = time.monotonic()
        pause = _SHORTEST_PAUSE
        while True:
            now = time.monotonic()
            if self._tasks:
                seen_a_run = now
            elif now - looked >= _LOOK_FOR_A_RUN_EVERY:
                looked = now
                if self._registry.is_led():
                    seen_a_run = now
                if is_over(self._search) or now - seen_a_run > self._patience:
                    return
            if self._begin(places, heartbeat) or self._finish_one(pause, heartbeat):
                pause = _SHORTEST_PAUSE
            else:
                pause = min(1.5 * pause, _LONGEST_PAUSE)

    def _begin(self, places: list[Place], heartbeat: Heartbeat) -> bool:
        """Begin what places were given; places that were lost are taken anew."""
        begun = False
        busy = {task.place.number for task in self._tasks.values()}
        for position, place in enumerate(places):
            if place.number in busy:
                continue
            if place.number in heartbeat.lost:
                places[position] = self._registry.join(HELPS)
                continue
            job = place.job()
            if job is not None and job != self._done.get(place.number):
                self._done[place.number] = job
                self._train(place, job, heartbeat)
                begun = True
        return begun

    def _train(self, place: Place, job: Job, heartbeat: Heartbeat) -> None:
        study = self._duty.studies[job.study]
        storage = study._storage
        trial = optuna.Trial(
            study, storage.get_trial_id_from_study_id_trial_number(study._study_id, job.number)
        )
        recipe, seed = order_of(storage.get_trial(trial._trial_id))
        self._progress.trial_started(job.study, job.number, recipe)
        task = _Task(place, job, study, trial)
        try:
            terms = self._duty.terms[job.study](trial, recipe, seed)
            plan = apply_recipe(self._duty.baseline, recipe)
        except UserCodeError as error:
            self._write(task, JobFailed(str(error), error.details))
            return

        def on_epoch(record: EpochRecord) -> bool:
            self._progress.epoch_finished(job.study, job.number, record)
            return terms.go_on(record) and place.number not in heartbeat.lost

        work = TrainJob(plan, seed, self._duty.min_skill, terms.model_path, terms.limits)
        self._tasks[self._pool.submit(work, on_epoch)] = task

    def _finish_one(self, pause: float, heartbeat: Heartbeat) -> bool:
        ended = self._pool.wait_for(pause)
        if ended is None:
            return False
        task = self._tasks.pop(ended[0])
        # Who was taken for dead has lost the trial to another.
        if task.place.number not in heartbeat.lost:
            self._write(task, ended[1])
        return True

    def _write(self, task: _Task, result: JobResult) -> None:
        if not record_result(task.trial, result, self._duty.save_curve):
            return
        storage, trial_id = task.study._storage, task.trial._trial_id
        close_trial(task.study, storage.get_trial(trial_id))
        self._trained += 1
        stored = storage.get_trial(trial_id)
        self._progress.trial_finished(task.job.study, to_record(stored))
