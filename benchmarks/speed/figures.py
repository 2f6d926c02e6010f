"""What the rows of the benchmark say, as figures; pure functions."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence

from benchmarks.speed.rows import Row

GOOD_SKILL = 0.5
NEAR = 0.02
_SETTLED = 5
"""After so many trials every graph has likely been compiled."""

Run = Sequence[Row]
"""The trials of one run, in the order in which they ended."""

Spread = tuple[float, float, float]
"""Median, smallest and largest."""


def runs(rows: Iterable[Row]) -> dict[str, list[Run]]:
    """The runs of every subject, by repeat."""
    grouped: dict[tuple[str, int], list[Row]] = {}
    for row in rows:
        grouped.setdefault((row.subject, row.repeat), []).append(row)
    found: dict[str, list[Run]] = {}
    for (subject, _), run in sorted(grouped.items()):
        found.setdefault(subject, []).append(sorted(run, key=lambda row: row.ended))
    return found


def seconds_per_trial(run: Run) -> float:
    """Wall time of the search per trial, over all processes."""
    return (run[-1].ended - run[0].began) / len(run)


def epochs_per_second(run: Run) -> float:
    """Epochs that were trained in a second of the search, over all processes."""
    return sum(row.epochs for row in run) / (run[-1].ended - run[0].began)


def milliseconds_per_epoch(run: Run) -> float:
    """Time of the whole run per epoch."""
    return 1000 * sum(row.seconds for row in run) / sum(row.epochs for row in run)


def start_up(run: Run) -> float:
    """Seconds from the start of the process to the start of the search."""
    return run[0].began


def seconds_to(run: Run, skill: float) -> float:
    """From the start of the process to the first trial that ends with a skill; infinite if none does."""
    return next((row.ended for row in run if row.skill >= skill), math.inf)


def best_skill(found: Mapping[str, Sequence[Run]]) -> float:
    """The best skill that anyone found."""
    return max(row.skill for several in found.values() for run in several for row in run)


def share_in_steps(run: Run, workers: int) -> float:
    """The share of the workers' time that went into training and validation steps, once all had started.

    A worker has started when its first trial has ended.
    """
    first, last = run[workers - 1].ended, run[-1].ended
    return sum(row.step_seconds for row in run[workers:]) / (workers * (last - first))


def steps_against(run: Run, floor: Sequence[Run]) -> float | None:
    """Time of a trial's steps as a multiple of the floor's for the same graph; the mean over graphs.

    `None` if there is no graph that both have.
    """
    bare = _medians([row for part in floor for row in part], lambda row: row.seconds)
    ours = _medians(run, lambda row: row.step_seconds)
    ratios = [ours[graph] / bare[graph] for graph in sorted(bare.keys() & ours.keys())]
    return statistics.mean(ratios) if ratios else None


def peak_memory(run: Run) -> float:
    """Of the largest process, MiB."""
    return max(row.memory for row in run)


def memory_per_trial(run: Run) -> float | None:
    """By how much the peak memory of the largest process grows with every trial after the first few, MiB."""
    if len(run) <= _SETTLED:
        return None
    return (peak_memory(run) - peak_memory(run[:_SETTLED])) / (len(run) - _SETTLED)


def growth(run: Run, early: int, late: int) -> float | None:
    """Peak memory of the largest process after `late` trials, as a multiple of that after `early` ones."""
    return run[late - 1].memory / run[early - 1].memory if len(run) >= late else None


def spread(several: Sequence[Run], figure: Callable[[Run], float | None]) -> Spread | None:
    """Median, smallest and largest of a figure over runs; `None` if a run does not have it."""
    values = [figure(run) for run in several]
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return None
    return statistics.median(known), min(known), max(known)


def _medians(rows: Iterable[Row], figure: Callable[[Row], float]) -> dict[str, float]:
    grouped: dict[str, list[float]] = {}
    for row in rows:
        grouped.setdefault(row.graph, []).append(figure(row))
    return {graph: statistics.median(values) for graph, values in grouped.items()}
