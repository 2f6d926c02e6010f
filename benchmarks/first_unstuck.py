"""What a diagnosis is worth: trials until the first that learns, with and without it.

Run as `python -m benchmarks.first_unstuck`; see README.md beside this file.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.table import append_row, read_rows, say
from remedy.examination import examine
from remedy.preparation import Prepared, prepare
from remedy.results.diagnosis_file import guidance_of
from remedy.run_progress import Silent
from remedy.search import NO_GUIDANCE, Context, Guidance, Search, Studies, centred
from remedy.storage import open_journal
from remedy.training import Status
from remedy.workers import WorkerPool

EXPERIMENTS = Path("experiments")
OUT = Path("results/reference/first_unstuck.csv")


@dataclass(frozen=True)
class Row:
    """One experiment with one seed.

    Attributes:
        found: the diagnosis' first finding.
        with_diagnosis: number of the first trial that learns, counted from 1; one more than the budget if
            none does.
        without: likewise.
    """

    experiment: str
    seed: int
    found: str
    with_diagnosis: int
    without: int


def compare(file: Path, seed: int, trials: int) -> Row:
    """Search for the first trial that learns, twice."""
    prepared = prepare(file, [f"search.seed={seed}", f"search.trials={trials}"])
    with WorkerPool(prepared.dataset, 1) as pool:
        diagnosis = examine(prepared, pool)
        led = first_to_learn(prepared, pool, guidance_of(diagnosis.to_plain()))
        unled = first_to_learn(prepared, pool, NO_GUIDANCE)
    found = diagnosis.findings[0].symptom if diagnosis.findings else ""
    return Row(prepared.experiment.name, seed, found, led, unled)


def first_to_learn(prepared: Prepared, pool: WorkerPool, guidance: Guidance) -> int:
    """The number of the first trial that learns, counted from 1.

    Args:
        prepared: the experiment.
        pool: of one worker, so that trials are counted one by one.
        guidance: what the diagnosis points to.
    """
    with tempfile.TemporaryDirectory(prefix="remedy-benchmark-") as folder:
        study = Studies(open_journal(Path(folder) / "study.journal")).open("search")
        context = Context(
            baseline=prepared.baseline,
            min_skill=prepared.experiment.thresholds.min_skill,
            trainer=pool,
            progress=Silent(),
            save_curve=lambda trial, curve: None,  # noqa: ARG005 - nobody looks at them
        )
        space = centred(prepared.space, guidance.recipes)
        search = Search(study, space, prepared.experiment.search, context, guidance)
        search.run(stop_when=lambda record: record.status is Status.LEARNING)
        records = search.records()
    learned = any(record.status is Status.LEARNING for record in records)
    return len(records) if learned else len(records) + 1


def summary(rows: Sequence[Row]) -> list[str]:
    """Median trials per experiment and over all, and how often the first trial did it."""
    lines = []
    for name in [*dict.fromkeys(row.experiment for row in rows), "all"]:
        own = [row for row in rows if name in (row.experiment, "all")]
        led, unled = [row.with_diagnosis for row in own], [row.without for row in own]
        lines.append(
            f"{name}: {statistics.median(led):g} trials with a diagnosis, {statistics.median(unled):g} "
            f"without (medians of {len(own)}); trial 1 did it {led.count(1)} and {unled.count(1)} times"
        )
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare what the CSV file does not hold yet, and sum up."""
    options = _parser().parse_args(arguments)
    done = {(row.experiment, row.seed): row for row in read_rows(Row, options.out)}
    rows = []
    for file in sorted(EXPERIMENTS.glob(options.only)):
        for seed in range(options.seeds):
            row = done.get((file.stem, seed))
            if row is None:
                row = compare(file, seed, options.trials)
                append_row(options.out, row)
            rows.append(row)
            led = f"{row.with_diagnosis} with a diagnosis ({row.found})"
            say(f"{row.experiment} seed {seed}: {led}, {row.without} without")
    for line in summary(rows):
        say(line)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_unstuck", description=__doc__)
    parser.add_argument("--only", default="*.yaml", metavar="GLOB", help="experiments whose file fits")
    parser.add_argument("--seeds", type=int, default=10, help="searches of each experiment (default: 10)")
    parser.add_argument("--trials", type=int, default=40, help="that a search may take (default: 40)")
    parser.add_argument("--out", type=Path, default=OUT, help=f"CSV file (default: {OUT})")
    return parser


if __name__ == "__main__":
    sys.exit(main())
