"""Counts wrong verdicts: cures of pure noise, missed signals, and diagnoses of healthy trainings.

Run as `python -m benchmarks.false_alarms`; see README.md beside this file.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import get_args

from scipy import stats

import remedy
from benchmarks.cases import Case, Kind, cases
from benchmarks.table import append_row, read_rows, say

RIGHT: dict[Kind, frozenset[str]] = {
    "noise": frozenset({"no_signal", "still_stuck"}),
    "signal": frozenset({"unstuck"}),
    "healthy": frozenset({"already_learning"}),
}
"""The verdicts that are right for each kind."""

GOALS: dict[Kind, float] = {"noise": 1.0, "signal": 0.9, "healthy": 1.0}
"""The share of the runs that have to end right."""

RUNS: dict[Kind, int] = {"noise": 30, "signal": 30, "healthy": 12}
OUT = Path("results/reference/false_alarms.csv")


@dataclass(frozen=True)
class Row:
    """One run, as a line of the CSV file; figures of the best recipe are NaN without one.

    Attributes:
        trials: how many the search was given, which may be more than it needed.
    """

    kind: Kind
    case: str
    seed: int
    verdict: str
    best_skill: float
    low: float
    high: float
    test_skill: float
    seconds: float
    trials: int

    @property
    def key(self) -> tuple[str, str, int, int]:
        """What tells runs apart."""
        return self.kind, self.case, self.seed, self.trials

    @property
    def is_right(self) -> bool:
        """Whether the verdict is one that this kind has to end with."""
        return self.verdict in RIGHT[self.kind]


def planned(kind: Kind, runs: int, pattern: str = "*") -> list[tuple[Case, int]]:
    """The cases and seeds of so many runs: every case with seed 0, then every case with seed 1, and so on.

    Args:
        kind: of case.
        runs: of all cases together.
        pattern: a shell pattern; other cases are left out of these runs.
    """
    choice = cases(kind)
    everything = [(choice[number % len(choice)], number // len(choice)) for number in range(runs)]
    return [(case, seed) for case, seed in everything if fnmatch(case.name, pattern)]


def run_case(case: Case, seed: int, trials: int, *, ablation: bool = False) -> Row:
    """Run one case through `remedy.run`, in a temporary folder."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="remedy-benchmark-") as name:
        folder = Path(name)
        experiment = case.experiment(seed, trials, folder, ablation=ablation)
        verdict = remedy.run(experiment, results=folder / "results")
    best = verdict.best
    figures = [best.skill, best.skill_low, best.skill_high, best.test_skill] if best else [math.nan] * 4
    skill, low, high, test_skill = (round(figure, 4) for figure in figures)
    seconds = round(time.monotonic() - started, 1)
    return Row(case.kind, case.name, seed, verdict.verdict, skill, low, high, test_skill, seconds, trials)


def summary(rows: Sequence[Row]) -> list[str]:
    """One line per kind: how many ended right, with a 95 % Wilson interval, and all verdicts."""
    lines = []
    for kind in get_args(Kind):
        verdicts = Counter(row.verdict for row in rows if row.kind == kind)
        runs = verdicts.total()
        if not runs:
            continue
        right = sum(count for verdict, count in verdicts.items() if verdict in RIGHT[kind])
        low, high = stats.binomtest(right, runs).proportion_ci(method="wilson")
        shown = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())
        reached = "reached" if right >= GOALS[kind] * runs else "MISSED"
        lines.append(
            f"{kind}: {right} of {runs} right ({low:.0%} to {high:.0%}); "
            f"goal {GOALS[kind]:.0%} {reached}; {shown}"
        )
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the CSV file does not hold yet, and sum up.

    Returns:
        The exit status: 1 if a goal is missed or a run has failed, 2 if no case fits, 130 if interrupted.
    """
    options = _parser().parse_args(arguments)
    kinds: list[Kind] = [options.kind] if options.kind else list(get_args(Kind))
    runs = [
        (case, seed)
        for kind in kinds
        for case, seed in planned(kind, options.runs or RUNS[kind], options.only)
    ]
    if not runs:
        say(f"no case is called {options.only}; there are: {', '.join(_names(kinds))}")
        return 2
    done = {row.key: row for row in read_rows(Row, options.out)}
    rows, failed = [], 0
    for number, (case, seed) in enumerate(runs, start=1):
        row = done.get((case.kind, case.name, seed, options.trials))
        again = row is not None
        if row is None:
            try:
                row = run_case(case, seed, options.trials, ablation=options.ablation)
            except KeyboardInterrupt:
                say(f"interrupted; {options.out} holds what is done, the same command goes on")
                return 130
            except remedy.RemedyError as error:
                failed += 1
                say(f"{number}/{len(runs)} FAILED {case.kind} {case.name} seed {seed}: {error}")
                continue
            append_row(options.out, row)
        rows.append(row)
        say(_line(row, f"{number}/{len(runs)}", again=again))
    for line in summary(rows):
        say(line)
    return int(failed > 0 or any("MISSED" in line for line in summary(rows)))


def _line(row: Row, place: str, *, again: bool) -> str:
    mark = "ok   " if row.is_right else "WRONG"
    took = "was done before" if again else f"{row.seconds:.0f} s"
    return (
        f"{place:>6} {mark} {row.kind} {row.case} seed {row.seed}: {row.verdict}, best {row.best_skill:.3f} "
        f"({row.low:.3f} to {row.high:.3f}), test {row.test_skill:.3f}, {took}"
    )


def _names(kinds: Sequence[Kind]) -> list[str]:
    return [case.name for kind in kinds for case in cases(kind)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.false_alarms", description=__doc__)
    parser.add_argument("--kind", choices=get_args(Kind), help="one kind only (default: all)")
    parser.add_argument(
        "--runs", type=int, help="runs of each kind (default: 30 noise, 30 signal, 12 healthy)"
    )
    parser.add_argument("--trials", type=int, default=60, help="of each search (default: 60)")
    parser.add_argument("--ablation", action="store_true", help="find out which fixes are needed, too")
    parser.add_argument("--only", default="*", metavar="GLOB", help="cases whose name fits the pattern")
    parser.add_argument("--out", type=Path, default=OUT, help=f"CSV file (default: {OUT})")
    return parser


if __name__ == "__main__":
    sys.exit(main())
