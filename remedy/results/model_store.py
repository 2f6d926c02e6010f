"""The models of baseline and confirmation runs, kept until the verdict reads the test split."""

from __future__ import annotations

import hashlib
import json
import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.errors import StudyError
from remedy.fixes import apply_recipe
from remedy.plan import Plan, Recipe, recipe_key
from remedy.results.files import write_json
from remedy.search import TrialRecord
from remedy.training import (
    EvaluateJob,
    Evaluation,
    Evaluations,
    Job,
    JobFailed,
    JobResult,
    Predictions,
    PredictJob,
    TrainJob,
)
from remedy.workers import WorkerPool


class ModelStore:
    """Models by recipe and seed, with their evaluations once they have been asked for.

    Args:
        folder: where the files are.
        pool: evaluates, and trains anew what was trained on a machine whose files are not here.
        baseline: the plan that recipes are applied to.
        min_skill: the skill from which on a training counts as learning.
    """

    def __init__(self, folder: Path, pool: WorkerPool, baseline: Plan, min_skill: float) -> None:
        self._folder = folder
        self._pool = pool
        self._baseline = baseline
        self._min_skill = min_skill

    def path(self, recipe: Recipe, seed: int) -> Path:
        """Where the model of that recipe and seed is saved."""
        return model_path(self._folder, recipe, seed)

    def evaluate(self, records: Sequence[TrialRecord]) -> list[Evaluations | None]:
        """Evaluate the models of finished trainings on validation and test split; `None` for diverged ones.

        What was evaluated once is not evaluated again.

        Raises:
            StudyError: a model cannot be read, or written if it was trained anew.
        """
        wanted = {
            self.path(record.recipe, record.seed): record for record in records if np.isfinite(record.skill)
        }
        missing = {path: record for path, record in wanted.items() if not _result_path(path).exists()}
        self._have(self._train, {path: record for path, record in missing.items() if not _is_there(path)})
        for path, result in self._have(self._evaluate, missing).items():
            if not isinstance(result, Evaluations):
                raise _unusable(path, result)
            plain = {name: _to_plain(evaluation) for name, evaluation in vars(result).items()}
            write_json(_result_path(path), plain)
        return [self._read(record) for record in records]

    def predict(self, record: TrialRecord) -> NDArray[np.float64]:
        """What the model of a finished training makes of the test split, see `Predictions`.

        Raises:
            StudyError: the model cannot be read, or written if it was trained anew.
        """
        path = self.path(record.recipe, record.seed)
        self._have(self._train, {} if _is_there(path) else {path: record})
        [result] = self._have(self._predict, {path: record}).values()
        if not isinstance(result, Predictions):
            raise _unusable(path, result)
        return result.values

    def _have(
        self, job: Callable[[Path, TrialRecord], Job], wanted: Mapping[Path, TrialRecord]
    ) -> dict[Path, JobResult]:
        """Have a job done for each, as many at a time as there are workers."""
        asked: dict[int, Path] = {}
        results: dict[Path, JobResult] = {}
        waiting = deque(wanted.items())
        while waiting or asked:
            while waiting and self._pool.has_idle_worker:
                path, record = waiting.popleft()
                asked[self._pool.submit(job(path, record))] = path
            number, result = self._pool.wait()
            if isinstance(result, JobFailed) and result.is_fault:
                raise StudyError(result.error, result.details)
            results[asked.pop(number)] = result
        return results

    def _train(self, path: Path, record: TrialRecord) -> TrainJob:
        plan = apply_recipe(self._baseline, record.recipe)
        return TrainJob(plan, record.seed, self._min_skill, path)

    def _evaluate(self, path: Path, record: TrialRecord) -> EvaluateJob:
        return EvaluateJob(apply_recipe(self._baseline, record.recipe), path)

    def _predict(self, path: Path, record: TrialRecord) -> PredictJob:
        return PredictJob(apply_recipe(self._baseline, record.recipe), path)

    def _read(self, record: TrialRecord) -> Evaluations | None:
        path = _result_path(self.path(record.recipe, record.seed))
        if not path.exists():
            return None
        plain = json.loads(path.read_text(encoding="utf-8"))
        return Evaluations(**{name: _from_plain(evaluation) for name, evaluation in plain.items()})


def _unusable(path: Path, result: JobResult) -> StudyError:
    failed = result if isinstance(result, JobFailed) else JobFailed(repr(result), "")
    return StudyError(
        f"{path}: cannot be evaluated ({failed.error}); add --fresh to start over", failed.details
    )


def _to_plain(evaluation: Evaluation) -> dict[str, Any]:
    skill = evaluation.skill if math.isfinite(evaluation.skill) else None
    metrics = {name: value if math.isfinite(value) else None for name, value in evaluation.metrics.items()}
    return {"skill": skill, "metrics": metrics}


def _from_plain(plain: dict[str, Any]) -> Evaluation:
    metrics = {name: math.nan if value is None else value for name, value in plain["metrics"].items()}
    return Evaluation(-math.inf if plain["skill"] is None else plain["skill"], metrics)


def model_path(folder: Path, recipe: Recipe, seed: int) -> Path:
    """Where a folder of models keeps that of a recipe and seed."""
    digest = hashlib.sha256(recipe_key(recipe).encode()).hexdigest()[:16]
    return folder.resolve() / f"{digest}-{seed}.keras"


def _is_there(model: Path) -> bool:
    return model.exists() or model.with_suffix(".weights.h5").exists()


def _result_path(model: Path) -> Path:
    return model.with_suffix(".json")
