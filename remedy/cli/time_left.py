"""How long a run still takes: what is likely, and a range as wide as what is not known makes it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

_LEAST_SPREAD, _EARLY_SPREAD, _MOST_SPREAD = 0.15, 0.35, 0.5
"""Of the mean duration of a training, to both sides: at least, as long as few have ended, and at most."""

_FEW = 5
_MOMENTS = 7.5
"""Seconds that are told as a few."""


@dataclass(frozen=True)
class Span:
    """From `low` to `high`, and most likely `likely`: seconds, or trainings."""

    low: float
    likely: float
    high: float

    @classmethod
    def exactly(cls, value: float) -> Span:
        """A single value."""
        return cls(value, value, value)

    def __add__(self, other: Span) -> Span:
        return Span(self.low + other.low, self.likely + other.likely, self.high + other.high)

    def less(self, amount: float) -> Span:
        """The same without what is over by now; none of it falls below 0."""
        return Span(*(max(value - amount, 0.0) for value in (self.low, self.likely, self.high)))

    def at_most(self, limit: float) -> Span:
        """The same, with nothing beyond a limit."""
        limit = max(limit, 0.0)
        return Span(*(min(value, limit) for value in (self.low, self.likely, self.high)))


NOTHING = Span.exactly(0.0)


def seconds_for(trainings: Span, durations: Sequence[float], at_once: float) -> Span:
    """How long so many trainings of one phase take.

    Args:
        trainings: how many.
        durations: seconds that such trainings have taken, at least one.
        at_once: how many are under way at the same time, on average.
    """
    mean = statistics.fmean(durations)
    low = _rounds(trainings.low, at_once) * mean * (1 - _spread(durations, trainings.low))
    likely = _rounds(trainings.likely, at_once) * mean
    high = math.ceil(_rounds(trainings.high, at_once)) * mean * (1 + _spread(durations, trainings.high))
    return Span(low, likely, high)


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
    """What is likely, and unless it is nearly certain also the range, in as few figures as it deserves.

    >>> span_text(Span(54, 55, 56)), span_text(Span(0, 1, 2)), span_text(Span(60, 60, 61))
    ('about 55 s', 'a few seconds', 'about 1 min')
    >>> span_text(Span(70, 100, 140)), span_text(Span(40, 50, 80)), span_text(Span(3000, 3600, 9000))
    ('about 1.5 min (1 to 2.5 min)', 'about 50 s (40 s to 1.5 min)', 'about 60 min (50 min to 2.5 h)')
    >>> span_text(Span(0, 10, 20))
    'about 10 s (up to 20 s)'
    """
    if span.high < _MOMENTS:
        return "a few seconds"
    low, likely, high = map(_coarse, (span.low, span.likely, span.high))
    about = "a few seconds" if span.likely < _MOMENTS else f"about {' '.join(likely)}"
    if low == high:
        return about
    if low[0] == "0":
        return f"{about} (up to {' '.join(high)})"
    first = low[0] if low[1] == high[1] else " ".join(low)
    return f"{about} ({first} to {' '.join(high)})"


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
