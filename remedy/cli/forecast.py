"""How much of a run is still to come, from what it has shown so far."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from remedy.ablation import expected_trainings, likely_fixes, most_trainings
from remedy.cli.time_left import NOTHING, Span, seconds_for
from remedy.config import Experiment

_AFTER_SEARCH = frozenset({"confirmation", "ablation", "conclusion"})
_FORESEEN = ("search", "confirmation", "ablation")


@dataclass(frozen=True)
class Stand:
    """Where a run stands.

    Attributes:
        experiment: what is run.
        fixes: how many the recipes of the search are made of.
        now: the phase or step that began last.
        totals: phase -> how many trainings it has, where that is known.
        done: phase -> how many of them are finished.
        candidates: how many fixes each of the recipes has that would be confirmed by now.
    """

    experiment: Experiment
    fixes: int
    now: str
    totals: Mapping[str, int]
    done: Mapping[str, int]
    candidates: Sequence[int]

    @property
    def is_searched(self) -> bool:
        """Whether the candidates are no longer going to change."""
        return self.now in _AFTER_SEARCH


@dataclass(frozen=True)
class Pace:
    """How fast a run is.

    Attributes:
        search: seconds of each finished trial of the search.
        whole: seconds of each finished training that nothing cuts short.
        at_once: how many are under way at the same time, on average.
        begun: how many trainings the epochs amount to that are trained of those under way.
        elapsed: seconds since the run began.
        diagnosis: seconds of the diagnosis, if this run has made one.
    """

    search: Sequence[float]
    whole: Sequence[float]
    at_once: float
    begun: float
    elapsed: float
    diagnosis: float


def trainings(stand: Stand, phase: str) -> Span:
    """How many trainings a phase has in all, finished ones included; a range as long as that is open."""
    known = stand.totals.get(phase)
    if phase == "ablation" and not (known is not None and stand.now == "conclusion"):
        return _ablation(stand, known)
    if known is not None:
        return Span.exactly(known)
    confirm = stand.experiment.confirm
    there = len(stand.candidates) * confirm.seeds
    if stand.is_searched:
        return Span.exactly(there)
    most = confirm.top * confirm.seeds
    return Span(there, most, most)


def time_left(stand: Stand, pace: Pace) -> Span | None:
    """Seconds until there is a verdict; `None` before the search, as nothing would be but a guess."""
    if stand.now not in _FORESEEN or not pace.whole:
        return None
    durations = dict.fromkeys(_FORESEEN, pace.whole)
    if len(pace.search) > 1:
        durations["search"] = pace.search
    left = {
        phase: seconds_for(_to_train(stand, phase), known, pace.at_once) for phase, known in durations.items()
    }
    timeout = stand.experiment.search.timeout
    if timeout is not None:
        left["search"] = left["search"].at_most(timeout - pace.elapsed)
        before = left["search"].low + left["confirmation"].low
        left["ablation"] = left["ablation"].at_most(timeout - pace.elapsed - before)
    total = sum(left.values(), start=NOTHING)
    begun = pace.begun * statistics.fmean(durations[stand.now]) / pace.at_once
    # What follows the trainings measures the winner's first batches, as the diagnosis did the baseline's.
    to_conclude = max(pace.diagnosis, statistics.fmean(pace.whole))
    return total.less(begun) + Span(to_conclude / 2, to_conclude, to_conclude * 2)


def _ablation(stand: Stand, known: int | None) -> Span:
    if not stand.experiment.ablation:
        return NOTHING
    seeds = stand.experiment.confirm.seeds
    sizes = list(stand.candidates)
    if not (sizes or stand.is_searched):
        sizes = [likely_fixes(stand.fixes)]
    expected = [expected_trainings(size, seeds) for size in sizes]
    most = max((most_trainings(size, seeds) for size in sizes), default=0)
    likely = statistics.median(expected) if expected else 0
    if known is None:
        least = min(expected) // 2 if stand.candidates else 0
        return Span(least, likely, most)
    return Span(known, max(known, likely), max(known, most))


def _to_train(stand: Stand, phase: str) -> Span:
    left = trainings(stand, phase).less(stand.done[phase])
    ends_early = phase == "search" and stand.experiment.search.until == "unstuck"
    return replace(left, low=0) if ends_early else left
