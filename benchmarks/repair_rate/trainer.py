"""Trains recipes in one worker, and evaluates them on the test split."""

from __future__ import annotations

import math
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
    Job,
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
    """Trains one recipe after the other on an experiment's data.

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
        self._scores: dict[tuple[str, int], float] = {}

    def trial(self, recipe: Recipe, seed: int) -> Trial:
        """Train a recipe to its end, within what the experiment allows a trial."""
        plan = apply_recipe(self._baseline, recipe)
        limits = Limits(self._search.trial_timeout, self._search.trial_memory)
        result = self._do(TrainJob(plan, seed, self._min_skill, limits=limits))
        if isinstance(result, Outcome):
            return Trial(recipe, seed, result.status, result.skill, result.seconds)
        assert isinstance(result, JobFailed)  # noqa: S101 - the other answer to a TrainJob
        return Trial(recipe, seed, Status.FAILED, math.nan, known(result.seconds))

    def test_score(self, recipe: Recipe, seed: int) -> float:
        """Train a recipe with a seed, once, and read its score on the test split."""
        key = recipe_key(recipe), seed
        if key not in self._scores:
            self._scores[key] = self._evaluate(recipe, seed)
        return self._scores[key]

    def mean_test_score(self, recipe: Recipe) -> float:
        """The mean over two seeds that no search has used."""
        seeds = fresh_seeds(self._search.seed, _SEEDS)
        return float(np.mean([self.test_score(recipe, seed) for seed in seeds]))

    def _evaluate(self, recipe: Recipe, seed: int) -> float:
        plan = apply_recipe(self._baseline, recipe)
        path = model_path(self._models, recipe, seed)
        outcome = self._do(TrainJob(plan, seed, self._min_skill, path))
        if not isinstance(outcome, Outcome) or outcome.status is Status.DIVERGED or math.isnan(outcome.skill):
            return 0.0
        evaluated = self._do(EvaluateJob(plan, path))
        if not isinstance(evaluated, Evaluations):
            raise StudyError(f"{path}: cannot be evaluated ({evaluated})")
        return score(evaluated.test.skill)

    def _do(self, job: Job) -> JobResult:
        self._pool.submit(job)
        _, result = self._pool.wait()
        if isinstance(result, JobFailed) and result.is_fault:
            raise StudyError(result.error, result.details)
        return result
