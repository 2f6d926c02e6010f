"""remedy on the benchmark's space: `python -m benchmarks.speed.remedy_search`."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

import remedy
from benchmarks.speed import workload
from benchmarks.speed.report import Report
from remedy.plan import Recipe
from remedy.run_progress import Silent
from remedy.search import TrialRecord


class Reporting(Silent):
    """Reports every trial of the search.

    Args:
        report: is told of them.
    """

    def __init__(self, report: Report) -> None:
        self._report = report

    def phase(self, study: str, total: int, done: int) -> None:
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


def main() -> None:
    """Search, and report every trial."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--full", action="store_true", help="every trial to its end, and no diagnosis")
    parser.add_argument("--workers", default="auto")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "series.csv"
        data.write_text("value\n" + "\n".join(f"{value:.4f}" for value in workload.series()) + "\n")
        experiment = workload.experiment(
            str(data),
            trials=options.trials,
            full=options.full,
            workers=options.workers if options.workers == "auto" else int(options.workers),
        )
        overrides = [f"search.seed={options.seed}"]
        remedy.run(experiment, results=folder, overrides=overrides, progress=Reporting(Report(options.out)))


if __name__ == "__main__":
    main()
