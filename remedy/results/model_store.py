"""The models of baseline and confirmation runs, kept until the verdict reads the test split."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from remedy.errors import StudyError
from remedy.fixes import apply_recipe
from remedy.plan import Plan, Recipe, recipe_key
from remedy.results.files import write_json
from remedy.search import TrialRecord
from remedy.training import EvaluateJob, Evaluation, Evaluations, JobFailed
from remedy.workers import WorkerPool


class ModelStore:
    """Models by recipe and seed, with their evaluations once they have been asked for.

    Args:
        folder: where the files are.
        pool: evaluates.
        baseline: the plan that recipes are applied to.
    """

    def __init__(self, folder: Path, pool: WorkerPool, baseline: Plan) -> None:
        self._folder = folder
        self._pool = pool
        self._baseline = baseline

    def path(self, recipe: Recipe, seed: int) -> Path:
        """Where the model of that recipe and seed is saved."""
        digest = hashlib.sha256(recipe_key(recipe).encode()).hexdigest()[:16]
        return self._folder.resolve() / f"{digest}-{seed}.keras"

    def evaluate(self, records: Sequence[TrialRecord]) -> list[Evaluations | None]:
        """Evaluate the models of finished trainings on validation and test split; `None` for diverged ones.

        What was evaluated once is not evaluated again.

        Raises:
            StudyError: a model cannot be read.
        """
        asked: dict[int, Path] = {}
        for record in records:
            path = self.path(record.recipe, record.seed)
            if not np.isfinite(record.skill) or _result_path(path).exists():
                continue
            while not self._pool.has_idle_worker:
                self._keep_next(asked)
            asked[self._pool.submit(EvaluateJob(apply_recipe(self._baseline, record.recipe), path))] = path
        while asked:
            self._keep_next(asked)
        return [self._read(record) for record in records]

    def _keep_next(self, asked: dict[int, Path]) -> None:
        job_id, result = self._pool.wait()
        path = asked.pop(job_id)
        if not isinstance(result, Evaluations):
            reason = result.error if isinstance(result, JobFailed) else repr(result)
            raise StudyError(f"{path}: cannot be evaluated ({reason}); add --fresh to start over")
        plain = {name: _to_plain(evaluation) for name, evaluation in vars(result).items()}
        write_json(_result_path(path), plain)

    def _read(self, record: TrialRecord) -> Evaluations | None:
        path = _result_path(self.path(record.recipe, record.seed))
        if not path.exists():
            return None
        plain = json.loads(path.read_text(encoding="utf-8"))
        return Evaluations(**{name: _from_plain(evaluation) for name, evaluation in plain.items()})


def _to_plain(evaluation: Evaluation) -> dict[str, Any]:
    skill = evaluation.skill if math.isfinite(evaluation.skill) else None
    metrics = {name: value if math.isfinite(value) else None for name, value in evaluation.metrics.items()}
    return {"skill": skill, "metrics": metrics}


def _from_plain(plain: dict[str, Any]) -> Evaluation:
    metrics = {name: math.nan if value is None else value for name, value in plain["metrics"].items()}
    return Evaluation(-math.inf if plain["skill"] is None else plain["skill"], metrics)


def _result_path(model: Path) -> Path:
    return model.with_suffix(".json")
