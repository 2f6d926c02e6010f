"""Trains recipes, and evaluates them on the test split."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.repair_rate.rows import score
from benchmarks.repair_rate.trials import Trial, known
from remedy.errors import StudyError
from remedy.fixes import apply_recipe
from remedy.plan import Recipe, recipe_key
from remedy.preparation import Prepared
from remedy.results.model_store import model_path
from remedy.search import fresh_seeds
from remedy.training import (
    EvaluateJob,
    Evaluations,
    JobFailed,
    JobResult,
    Limits,
    Outcome,
    Status,
    TrainJob,
)
from remedy.workers import WorkerPool

_SEEDS = 2
"""With so many fresh seeds the figures at both ends of the gap are taken."""


class Trainer:
    """Trains recipes on an experiment's data.

    Args:
        prepared: the experiment.
        pool: trains; nothing else is under way in it.
        models: a folder for what is evaluated.
    """

    def __init__(self, prepared: Prepared, pool: WorkerPool, models: Path) -> None:
        self._baseline = prepared.baseline
        self._min_skill = prepared.experiment.thresholds.min_skill
        self._search = prepared.experiment.search
        self._pool = pool
        self._models = models
        self._trained: dict[tuple[str, int], Trial] = {}

    def trials(
        self,
        wanted: Iterable[tuple[Recipe, int]],
        enough: Callable[[Sequence[Trial]], bool] = lambda _: False,
    ) -> list[Trial]:
        """Train recipes to their end, as many at once as there are workers.

        They get the time and memory that the experiment allows a trial.

        Args:
            wanted: recipes with their seeds, in this order; it may go on for ever.
            enough: asked about the trials that are over; once it says so, no further one is started.

        Returns:
            The trials in the order in which they ended.
        """
        limits = Limits(self._search.trial_timeout, self._search.trial_memory)
        left, under_way, ended = iter(wanted), dict[int, tuple[Recipe, int]](), list[Trial]()
        while True:
            while self._pool.has_idle_worker and not enough(ended) and (pair := next(left, None)):
                recipe, seed = pair
                plan, model = apply_recipe(self._baseline, recipe), model_path(self._models, recipe, seed)
                job = TrainJob(plan, seed, self._min_skill, model, limits=limits)
                under_way[self._pool.submit(job)] = pair
            if not under_way:
                return ended
            number, result = self._wait()
            recipe, seed = under_way.pop(number)
            ended.append(_trial(recipe, seed, result))
            self._trained[recipe_key(recipe), seed] = ended[-1]

    def trial(self, recipe: Recipe, seed: int) -> Trial:
        """Train one recipe to its end."""
        [trial] = self.trials([(recipe, seed)])
        return trial

    def test_scores(self, wanted: Iterable[tuple[Recipe, int]]) -> list[float]:
        """The scores of trainings on the test split, those that were not done yet trained first."""
        pairs = list(wanted)
        missing = {(recipe_key(recipe), seed): (recipe, seed) for recipe, seed in pairs}
        self.trials(pair for key, pair in missing.items() if key not in self._trained)
        return [self._score(self._trained[recipe_key(recipe), seed]) for recipe, seed in pairs]

    def mean_test_score(self, recipe: Recipe) -> float:
        """The mean over two seeds that no search has used."""
        seeds = fresh_seeds(self._search.seed, _SEEDS)
        return float(np.mean(self.test_scores((recipe, seed) for seed in seeds)))

    def _score(self, trial: Trial) -> float:
        if trial.status in (Status.DIVERGED, Status.FAILED) or math.isnan(trial.skill):
            return 0.0
        path = model_path(self._models, trial.recipe, trial.seed)
        self._pool.submit(EvaluateJob(apply_recipe(self._baseline, trial.recipe), path))
        _, evaluated = self._wait()
        if not isinstance(evaluated, Evaluations):
            raise StudyError(f"{path}: cannot be evaluated ({evaluated})")
        return score(evaluated.test.skill)

    def _wait(self) -> tuple[int, JobResult]:
        number, result = self._pool.wait()
        if isinstance(result, JobFailed) and result.is_fault:
            raise StudyError(result.error, result.details)
        return number, result


def _trial(recipe: Recipe, seed: int, result: JobResult) -> Trial:
    if isinstance(result, Outcome):
        return Trial(recipe, seed, result.status, result.skill, result.seconds)
    assert isinstance(result, JobFailed)  # noqa: S101 - the other answer to a TrainJob
    return Trial(recipe, seed, Status.FAILED, math.nan, known(result.seconds))
