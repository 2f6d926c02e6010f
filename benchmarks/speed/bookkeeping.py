"""What bookkeeping costs in a long study: `python -m benchmarks.speed.bookkeeping`.

Four simulated workers answer at once with made-up curves, so that what takes time is asking the sampler,
reporting, asking the pruner, and writing trials down. The study holds 1,000 finished trials when it is timed.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.speed import workload
from benchmarks.speed.report import Report
from remedy.preparation import prepare
from remedy.run_progress import Silent
from remedy.search import Context, Search, Studies
from remedy.storage import open_journal
from remedy.training import EpochRecord, Job, JobResult, Outcome, Status, TrainJob

WORKERS = 4
FINISHED = 1000
TIMED = 40


class MadeUp:
    """Workers that answer at once; their epochs come in turns."""

    def __init__(self) -> None:
        self._running: deque[tuple[int, list[EpochRecord], Callable[[EpochRecord], bool], list[EpochRecord]]]
        self._running = deque()
        self._submitted = 0
        self.epochs = 0

    @property
    def size(self) -> int:
        """How many there are."""
        return WORKERS

    @property
    def has_idle_worker(self) -> bool:
        """Whether one of them is free."""
        return len(self._running) < WORKERS

    def submit(self, job: Job, on_epoch: Callable[[EpochRecord], bool]) -> int:
        """Draw the curve of a training."""
        if not isinstance(job, TrainJob):
            raise TypeError(f"only trainings are made up, not {job!r}")
        self._submitted += 1
        rng = np.random.default_rng(self._submitted)
        level, speed = rng.uniform(-0.5, 0.95), rng.uniform(0.1, 2)
        skills = [level * (1 - math.exp(-speed * epoch)) for epoch in range(1, workload.EPOCHS + 1)]
        curve = [
            EpochRecord(epoch, 1 - skill, 1 - skill, skill, skill, 0.001, 1.0)
            for epoch, skill in enumerate(skills, start=1)
        ]
        self._running.append((self._submitted, curve, on_epoch, []))
        return self._submitted

    def wait_for(self, seconds: float) -> tuple[int, JobResult] | None:  # noqa: ARG002 - it never waits
        """Give out epochs in turns until a training is over."""
        while True:
            number, left, on_epoch, done = self._running.popleft()
            done.append(left.pop(0))
            self.epochs += 1
            go_on = on_epoch(done[-1])
            if left and go_on:
                self._running.append((number, left, on_epoch, done))
                continue
            skill = done[-1].val_skill
            status = Status.PRUNED if left else Status.LEARNING if skill >= 0.1 else Status.FLAT
            return number, Outcome(status, skill, skill, 0.1, 1000, tuple(done))


def main() -> None:
    """Fill a study, then time more trials."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=FINISHED, help="that are finished when it is timed")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "series.csv"
        data.write_text("value\n" + "\n".join(f"{value:.4f}" for value in workload.series()) + "\n")
        study = Studies(open_journal(Path(folder) / "study.journal")).open("search")
        workers = MadeUp()
        for sampler, trials in (("random", options.trials), ("tpe", options.trials + TIMED)):
            description: dict[str, Any] = workload.experiment(str(data), trials=trials, full=False)
            description["search"]["sampler"] = sampler
            prepared = prepare(description)
            context = Context(
                baseline=prepared.baseline,
                min_skill=prepared.experiment.thresholds.min_skill,
                trainer=workers,
                progress=Silent(),
                save_curve=lambda trial, curve: None,  # noqa: ARG005 - files are not timed
            )
            search = Search(study, prepared.space, prepared.experiment.search, context)
            before, started = workers.epochs, time.perf_counter()
            search.run()
        seconds = time.perf_counter() - started
        Report(options.out).trial(0.0, workers.epochs - before, seconds=seconds)


if __name__ == "__main__":
    main()
