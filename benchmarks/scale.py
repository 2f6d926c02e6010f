"""How many workers one run can keep busy: real PostgreSQL, real processes, trainings that are replayed.

Run as `python -m benchmarks.scale`; see README.md beside this file.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import json
import multiprocessing
import os
import platform
import statistics
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import optuna
import pandas as pd
from optuna.trial import TrialState

from benchmarks.early_stopping import CURVES, searches
from benchmarks.postgres import PostgresServer
from benchmarks.table import append_row, read_rows, say
from remedy.config import Search as Settings
from remedy.distributed import Duty, Helpers, Registry, Worker, lead, say_it_is_over
from remedy.distributed import Job as Registered
from remedy.distributed.registry import HELPS
from remedy.plan import recipe_key
from remedy.preparation import Prepared, prepare
from remedy.results.study_storage import open_shared
from remedy.run_progress import Silent
from remedy.search import (
    LOOK_EVERY,
    Context,
    NoTrainer,
    Search,
    SearchTerms,
    Studies,
    attach_curve,
    finished_records,
    has_result,
)
from remedy.training import EpochRecord, Job, JobResult, Outcome, Status, TrainJob

EXPERIMENT = Path("experiments/sunspots.yaml")
RESULTS = Path("results/reference/scale.csv")
CASES = ((1, 0.5), (4, 0.5), (16, 0.5), (64, 0.5), (128, 0.5), (128, 4.0))
"""Workers, and the seconds of an epoch: with short ones the machine itself is what is measured."""
TRIALS_PER_WORKER = 3
LEAST_TRIALS = 16


@dataclass(frozen=True)
class Row:
    """One search.

    Attributes:
        epoch_seconds: of every epoch of a replayed training.
        seconds: from the first trial to the last result.
        busy: share of the workers' time in epochs.
        report_milliseconds: median over all epochs of what reporting one and asking about pruning took.
        ask_milliseconds: median of what the run took to make a trial.
        lost: trials of the budget that have no result.
        doubled: trainings of a recipe and seed beyond the first, or trials beyond the budget.
    """

    workers: int
    trials: int
    epoch_seconds: float
    seconds: float
    trials_per_second: float
    busy: float
    report_milliseconds: float
    report_milliseconds_95: float
    ask_milliseconds: float
    lost: int
    doubled: int


class Replayed:
    """Stands for a pool of one worker that plays recorded curves in real time.

    Args:
        curves: of whole trainings.
        epoch_seconds: how long an epoch takes.
        offset: where in the curves it begins.

    Attributes:
        reports: what each report took, in seconds.
        busy: seconds of epochs.
    """

    size = 1

    def __init__(self, curves: Sequence[tuple[EpochRecord, ...]], epoch_seconds: float, offset: int) -> None:
        self._curves = curves
        self._epoch_seconds = epoch_seconds
        self._submitted = offset
        self._running: tuple[int, deque[EpochRecord], Callable[[EpochRecord], bool]] | None = None
        self._done: list[EpochRecord] = []
        self.reports: list[float] = []
        self.busy = 0.0

    @property
    def has_idle_worker(self) -> bool:
        """Whether nothing is being played."""
        return self._running is None

    def submit(self, job: Job, on_epoch: Callable[[EpochRecord], bool]) -> int:
        """Begin with the next curve, whatever the recipe."""
        if not isinstance(job, TrainJob):
            raise TypeError(f"only trainings are replayed, not {job!r}")
        self._submitted += 1
        curve = self._curves[self._submitted * 31 % len(self._curves)][: job.plan.epochs]
        self._running, self._done = (self._submitted, deque(curve), on_epoch), []
        return self._submitted

    def wait_for(self, seconds: float) -> tuple[int, JobResult] | None:
        """Play to the end, or let the time pass."""
        if self._running is None:
            time.sleep(seconds)
            return None
        number, left, on_epoch = self._running
        while left:
            time.sleep(self._epoch_seconds)
            self.busy += self._epoch_seconds
            self._done.append(left.popleft())
            began = time.perf_counter()
            go_on = on_epoch(self._done[-1])
            self.reports.append(time.perf_counter() - began)
            if not go_on:
                break
        self._running = None
        skill = self._done[-1].val_skill
        status = Status.PRUNED if left else Status.LEARNING if skill >= 0.1 else Status.FLAT
        return number, Outcome(status, skill, skill, 0.1, 1000, tuple(self._done))


def serve(url: str, name: str, prepared: Prepared, replayed: Replayed, out: Path, patience: float) -> None:
    """A worker process."""
    with closing(open_shared(url, name)) as studies:
        search = studies.open("search")
        settings, baseline = Settings(trials=1), prepared.baseline
        terms = SearchTerms(search, prepared.space, settings, baseline, 0.1)
        duty = Duty({"search": search}, baseline, 0.1, {"search": terms}, attach_curve)
        registry = Registry(studies.storage, studies.prefix)
        Worker(duty, registry, replayed, Silent(), patience=patience).run()
    out.write_text(json.dumps({"reports": replayed.reports, "busy": replayed.busy}))


def measure(url: str, prepared: Prepared, workers: int, epoch_seconds: float) -> Row:
    """One search with so many workers."""
    name = f"scale-{workers}-{epoch_seconds}-{os.getpid()}"
    open_shared(url, name).close()  # makes the tables before everyone comes
    curves = [trial.curve for search in searches(pd.read_parquet(CURVES)) for trial in search.trials]
    trials = max(LEAST_TRIALS, TRIALS_PER_WORKER * workers)
    context = multiprocessing.get_context("fork")  # else every process would load what this one has
    with tempfile.TemporaryDirectory() as folder:
        outs = [Path(folder) / f"{number}.json" for number in range(workers)]
        processes = [
            context.Process(
                target=serve,
                args=(url, name, prepared, Replayed(curves, epoch_seconds, number * 7), out, 600.0),
            )
            for number, out in enumerate(outs)
        ]
        for process in processes:
            process.start()
        with closing(open_shared(url, name)) as studies:
            seconds, asks = run(studies, prepared, workers, trials)
            for process in processes:
                process.join()
            said = [json.loads(out.read_text()) for out in outs]
            lost, doubled = losses(studies, trials)
    reports = [report for one in said for report in one["reports"]]
    return Row(
        workers=workers,
        trials=trials,
        epoch_seconds=epoch_seconds,
        seconds=round(seconds, 1),
        trials_per_second=round(trials / seconds, 2),
        busy=round(sum(one["busy"] for one in said) / (workers * seconds), 3),
        report_milliseconds=round(1000 * statistics.median(reports), 1),
        report_milliseconds_95=round(1000 * statistics.quantiles(reports, n=20)[-1], 1),
        ask_milliseconds=round(1000 * statistics.median(asks), 1),
        lost=lost,
        doubled=doubled,
    )


def run(studies: Studies, prepared: Prepared, workers: int, trials: int) -> tuple[float, list[float]]:
    """Lead the search; the seconds it took, and those of each trial's making."""
    registry = Registry(studies.storage, studies.prefix)
    study = studies.open("search")
    with lead(registry):
        while sum(member.role == HELPS for member in registry.members()) < workers:
            time.sleep(0.2)
        helpers = Helpers(
            registry,
            lambda jobs: over(study, jobs),
            lambda *_: None,
            look_every=LOOK_EVERY,
        )
        context = Context(prepared.baseline, 0.1, NoTrainer(), Silent(), attach_curve, helpers)
        search = Search(study, prepared.space, Settings(trials=trials), context)
        asks: list[float] = []
        start_next = search._start_next

        def timed() -> None:
            began = time.perf_counter()
            start_next()
            asks.append(time.perf_counter() - began)

        search._start_next = timed  # type: ignore[method-assign]
        began = time.monotonic()
        search.run()
        seconds = time.monotonic() - began
        say_it_is_over(study)
    return seconds, asks


def over(study: optuna.Study, jobs: Collection[Registered]) -> set[Registered]:
    """Those that have a result."""
    trials = study.get_trials(deepcopy=False)
    return {job for job in jobs if has_result(trials[job.number])}


def losses(studies: Studies, trials: int) -> tuple[int, int]:
    """How many trials have no result, and how many were trained twice."""
    study = studies.open("search")
    records = finished_records(study)
    pairs = Counter((recipe_key(record.recipe), record.seed) for record in records)
    unfinished = study.get_trials(deepcopy=False, states=(TrialState.RUNNING, TrialState.WAITING))
    doubled = pairs.total() - len(pairs) + max(0, len(records) - trials)
    return trials - len(records) + len(unfinished), doubled


def markdown(rows: Sequence[Row]) -> str:
    """The table with what it was measured on."""
    today = datetime.datetime.now(datetime.UTC).date()
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("optuna", "psycopg"))
    lines = [
        "# Scale",
        "",
        f"Written by `python -m benchmarks.scale` on {today}. {os.cpu_count()} cores for everything, "
        f"PostgreSQL included, {platform.platform()}, Python {platform.python_version()}, {versions}.",
        "",
        "| workers | trials | epoch, s | seconds | trials per second | workers busy | report, ms "
        "| 95 % of reports, ms | ask, ms | lost | doubled |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        *(
            f"| {row.workers} | {row.trials} | {row.epoch_seconds:g} | {row.seconds:.0f} "
            f"| {row.trials_per_second:.2f} | {row.busy:.0%} | {row.report_milliseconds:.0f} "
            f"| {row.report_milliseconds_95:.0f} | {row.ask_milliseconds:.0f} | {row.lost} | {row.doubled} |"
            for row in rows
        ),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+")
    parser.add_argument("--epoch-seconds", type=float, default=0.5)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    cases: Sequence[tuple[int, float]] = CASES
    if options.workers:
        cases = [(workers, options.epoch_seconds) for workers in options.workers]
    prepared = prepare(EXPERIMENT)
    server = PostgresServer()
    options.out.unlink(missing_ok=True)
    try:
        for workers, epoch_seconds in cases:
            row = measure(server.url, prepared, workers, epoch_seconds)
            append_row(options.out, row)
            say(str(row))
    finally:
        server.remove()
    options.out.with_suffix(".md").write_text(markdown(read_rows(Row, options.out)), encoding="utf-8")


if __name__ == "__main__":
    main()
