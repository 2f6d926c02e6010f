"""How long a run still takes: a range, as wide as what is not known makes it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

_LEAST_SPREAD, _EARLY_SPREAD, _MOST_SPREAD = 0.15, 0.35, 0.5
"""Of the mean duration of a training, to both sides: at least, as long as few have ended, and at most."""

_FEW = 5


@dataclass(frozen=True)
class Span:
    """From `low` to `high`: seconds, or trainings."""

    low: float
    high: float

    def __add__(self, other: Span) -> Span:
        return Span(self.low + other.low, self.high + other.high)

    def at_most(self, limit: float) -> Span:
        """The same, with both ends below a limit."""
        limit = max(limit, 0.0)
        return Span(min(self.low, limit), min(self.high, limit))


NOTHING = Span(0.0, 0.0)


def seconds_for(trainings: Span, durations: Sequence[float], at_once: float) -> Span:
    """How long so many trainings of one phase take.

    Args:
        trainings: how many.
        durations: seconds that such trainings have taken, at least one.
        at_once: how many are under way at the same time, on average.
    """
    mean = statistics.fmean(durations)
    low = _rounds(trainings.low, at_once) * mean * (1 - _spread(durations, trainings.low))
    high = math.ceil(_rounds(trainings.high, at_once)) * mean * (1 + _spread(durations, trainings.high))
    return Span(low, high)


def _rounds(trainings: float, at_once: float) -> float:
    """The last trainings of a phase have nothing beside them."""
    return max(trainings / at_once, 1.0) if trainings > 0 else 0.0


def _spread(durations: Sequence[float], trainings: float) -> float:
    """How far off the mean duration of so many trainings may be, as a share of it."""
    known = len(durations)
    if known < 2 or trainings <= 0:
        return _MOST_SPREAD
    mean = statistics.fmean(durations)
    variation = statistics.stdev(durations) / mean if mean > 0 else 0.0
    least = _LEAST_SPREAD if known >= _FEW else _EARLY_SPREAD
    return min(max(2 * variation * math.sqrt(1 / known + 1 / trainings), least), _MOST_SPREAD)


def span_text(span: Span) -> str:
    """The range in as few figures as it deserves.

    >>> span_text(Span(54, 56)), span_text(Span(70, 140)), span_text(Span(40, 80)), span_text(Span(0, 2))
    ('about 55 s', '1 to 2.5 min', '40 s to 1.5 min', 'a few seconds')
    >>> span_text(Span(0, 20)), span_text(Span(3000, 9000)), span_text(Span(60, 61))
    ('up to 20 s', '50 min to 2.5 h', 'about 1 min')
    """
    if span.high < 7.5:
        return "a few seconds"
    (low, unit), (high, other) = _coarse(span.low), _coarse(span.high)
    if (low, unit) == (high, other):
        return f"about {high} {other}"
    if low == "0":
        return f"up to {high} {other}"
    return f"{low} to {high} {other}" if unit == other else f"{low} {unit} to {high} {other}"


def _coarse(seconds: float) -> tuple[str, str]:
    """A duration rounded to what an estimate can tell, and its unit."""
    for below, unit, length, step in (
        (57.5, "s", 1, 5),
        (585, "min", 60, 0.5),
        (5370, "min", 60, 1),
        (129_600, "h", 3600, 0.5),
    ):
        if seconds < below:
            return f"{round(seconds / length / step) * step:g}", unit
    return f"{round(seconds / 43_200) / 2:g}", "d"
