"""Baseline and winner side by side, for the report: predictions on the test split, and first batches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.errors import TrainingError
from remedy.examination import measure
from remedy.fixes import apply_recipe
from remedy.json_data import json_data
from remedy.plan import recipe_key
from remedy.preparation import Prepared
from remedy.results.comparison_file import Comparison, Side, read_comparison, write_comparison
from remedy.results.folder import StudyFolder
from remedy.results.model_store import ModelStore
from remedy.search import TrialRecord
from remedy.workers import WorkerPool

_MOST_NUMBERS = 20_000
_MOST_SAMPLES = 2_000


def compare(
    prepared: Prepared,
    folder: StudyFolder,
    pool: WorkerPool,
    models: ModelStore,
    baseline: Sequence[TrialRecord],
    winner: Sequence[TrialRecord],
) -> None:
    """Write `comparison.json`, unless it is there for the same trainings.

    Args:
        prepared: the experiment.
        folder: of the study.
        pool: predicts and measures.
        models: holds the trained models.
        baseline: its trainings; that of median skill is shown.
        winner: those of the best recipe; the best one is shown, as it is the one in `best/`. May be empty.
    """
    ordinary, best = _median(baseline), best_training(winner)
    stored = read_comparison(folder)
    if stored is not None and (_is_of(stored.baseline, ordinary), _is_of(stored.best, best)) == (True, True):
        return
    dataset = prepared.dataset
    measured = _measured(prepared, pool, best) if best is not None and prepared.experiment.diagnosis else None
    sides = {
        name: None
        if record is None
        else Side(record.recipe, record.seed, _shown(models.predict(record)), inner)
        for name, record, inner in (("baseline", ordinary, None), ("best", best, measured))
    }
    truth = _shown(dataset.test.y.astype(np.float64))
    count = min([len(truth), *(len(side.predictions) for side in sides.values() if side)])
    write_comparison(
        folder,
        Comparison(
            rows=dataset.test.target_rows[:count].tolist(),
            samples=len(dataset.test),
            outputs=list(dataset.targets),
            classes=list(dataset.classes),
            in_order=dataset.split_by == "time",
            truth=truth[:count],
            baseline=sides["baseline"],
            best=sides["best"],
        ),
    )


def _median(records: Sequence[TrialRecord]) -> TrialRecord | None:
    ranked = _by_skill(records)
    return ranked[len(ranked) // 2] if ranked else None


def best_training(records: Sequence[TrialRecord]) -> TrialRecord | None:
    """The training of the highest skill; `None` if all of them diverged."""
    ranked = _by_skill(records)
    return ranked[-1] if ranked else None


def _by_skill(records: Sequence[TrialRecord]) -> list[TrialRecord]:
    """The trainings that did not diverge, the best one last."""
    return sorted((one for one in records if math.isfinite(one.skill)), key=lambda one: one.skill)


def _is_of(side: Side | None, record: TrialRecord | None) -> bool:
    if side is None or record is None:
        return side is None and record is None
    return (recipe_key(side.recipe), side.seed) == (recipe_key(record.recipe), record.seed)


def _shown(values: NDArray[np.float64]) -> list[list[Any]]:
    """The first samples, of a value for every step the last one, in six digits."""
    rows = values.reshape(len(values), -1, values.shape[-1])[:, -1]
    rows = rows[: min(_MOST_SAMPLES, max(1, _MOST_NUMBERS // rows.shape[1]))]
    return [[float(f"{value:.6g}") for value in row] for row in rows.tolist()]


def _measured(prepared: Prepared, pool: WorkerPool, record: TrialRecord) -> dict[str, Any] | None:
    """What the winner's first batches show; `None` if they cannot be measured, which is no harm."""
    plan = apply_recipe(prepared.baseline, record.recipe)
    try:
        with measure(prepared, pool, plan) as measuring:
            measured: dict[str, Any] = json_data(measuring.result())
    except TrainingError:
        return None
    return measured
