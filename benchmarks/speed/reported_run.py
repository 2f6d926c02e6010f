"""A run of remedy on the benchmark's space that reports every trial of its search."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from benchmarks.speed import workload
from benchmarks.speed.report import Report
from remedy import pipeline
from remedy.plan import Recipe
from remedy.run_progress import Silent
from remedy.search import TrialRecord
from remedy.workers import HeadStart


def run_reported(
    report: Report,
    *,
    trials: int,
    seed: int,
    full: bool,
    workers: int | Literal["auto"],
    ahead: HeadStart,
) -> None:
    """Run, and keep nothing but the report.

    Args:
        report: is told of every trial.
        trials: of the search.
        seed: of everything.
        full: every trial to its end, and no diagnosis.
        workers: as in an experiment file.
        ahead: workers that were started ahead.
    """
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "series.csv"
        data.write_text("value\n" + "\n".join(f"{value:.4f}" for value in workload.series()) + "\n")
        experiment = workload.experiment(str(data), trials=trials, full=full, workers=workers)
        pipeline.run(
            experiment,
            results=folder,
            overrides=[f"search.seed={seed}"],
            progress=_Reporting(report),
            ahead=ahead,
        )


class _Reporting(Silent):
    """Reports every trial of the search.

    Args:
        report: is told of them.
    """

    def __init__(self, report: Report) -> None:
        self._report = report

    def phase(self, study: str, total: int, done: Sequence[TrialRecord]) -> None:
        """Note when the search begins."""
        del total, done
        if study == "search":
            self._report.began = time.time()

    def trial_finished(self, study: str, record: TrialRecord) -> None:
        """Report a trial."""
        if study == "search":
            skill = record.skill if np.isfinite(record.skill) else -1.0
            self._report.trial(
                skill,
                record.epochs,
                seconds=record.seconds,
                step_seconds=record.step_seconds,
                graph=_graph(record.recipe),
            )


def _graph(recipe: Recipe) -> str:
    depth = recipe.get("depth", max(workload.DEPTHS))
    return f"depth {depth}{', normalised' if recipe.get('batch_normalization') else ''}"
