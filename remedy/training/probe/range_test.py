"""The learning rate range test.

Smith, Cyclical Learning Rates for Training Neural Networks, 2017, https://arxiv.org/abs/1506.01186, with the
numbers of fastai and PyTorch Lightning: 100 steps from 1e-7 to 10, the loss smoothed with 0.98, the first 10
steps left out of the search for the steepest descent. Unlike there, the descent has to be one: the search
begins where the loss falls below that at the lowest rates by more than batches differ, and ends at its best.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from remedy.training.measurements import RangeTest

LOWEST, HIGHEST, STEPS = 1e-7, 10.0, 100
STOP_AT = 4.0
"""Times the best loss."""

_SMOOTHING = 0.98
_SKIPPED = 10
_ROUNDING = 1e-6


def range_test(train: Callable[[float], float]) -> RangeTest:
    """Raise the rate from step to step and watch the loss.

    Args:
        train: takes a step at a rate; returns the loss of its batch, before the step.
    """
    rates: list[float] = []
    raw: list[float] = []
    smoothed: list[float] = []
    average, stopped = 0.0, False
    for rate in np.geomspace(LOWEST, HIGHEST, STEPS):
        loss = train(float(rate))
        average = _SMOOTHING * average + (1 - _SMOOTHING) * loss
        unbiased = average / (1 - _SMOOTHING ** (len(raw) + 1))
        if not math.isfinite(unbiased):
            stopped = bool(raw)
            break
        rates.append(float(rate))
        raw.append(loss)
        smoothed.append(unbiased)
        if unbiased > STOP_AT * min(smoothed) > 0:
            stopped = True
            break
    return _read(rates, raw, smoothed, stopped=stopped)


def _read(rates: list[float], raw: list[float], smoothed: list[float], *, stopped: bool) -> RangeTest:
    suggestion = highest = None
    if rates:
        # At the lowest rates nothing is learned yet: what the loss does there is what batches differ by.
        idle = raw[:_SKIPPED]
        noise = 2 * float(np.std(idle)) / math.sqrt(len(idle)) + _ROUNDING * abs(idle[0])
        start = float(np.mean(idle)) - noise
        first = min(_SKIPPED, len(rates) - 1)
        best = first + int(np.argmin(smoothed[first:]))
        if smoothed[best] < start and best > first:
            before = [index for index in range(first, best) if smoothed[index] >= start]
            onset = before[-1] if before else first
            slope = np.gradient(smoothed[onset : best + 1])
            suggestion = rates[onset + int(np.argmin(slope))]
        if stopped or smoothed[-1] > smoothed[best] + noise:
            highest = rates[best]
    return RangeTest(tuple(rates), tuple(smoothed), suggestion, highest)
