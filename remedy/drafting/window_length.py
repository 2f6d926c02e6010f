"""How much of the past a model should see, from what the series shows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from remedy.diagnosis.series import gain_of_longer_window, ljung_box, main_period

_FEWEST = 12
_LONGEST = 256
_MOST_VALUES = 50_000
_TESTED_LAGS = 20
_CHANCE = 0.01
_WORTHWHILE = 0.01


class Length(NamedTuple):
    """Rows that the model sees at once, and why so many."""

    rows: int
    reason: str


def has_memory(values: NDArray[np.float64]) -> bool:
    """Whether a series is not white noise: its past tells something of what comes (Ljung and Box, 1978).

    Args:
        values: `(values,)`, in order.
    """
    values = values[-_MOST_VALUES:]
    lags = min(_TESTED_LAGS, len(values) // 5)
    return lags > 0 and bool(np.ptp(values) > 0) and ljung_box(values, lags) < _CHANCE


def window_length(values: NDArray[np.float64], most: int) -> Length:
    """Choose the length of a window.

    It is the main period, or a few of a short one, without a period 12 rows; it is doubled as long as a
    linear forecast surely gains more than 0.01 of skill (R2) by that.

    Args:
        values: the series, `(values,)`, in order.
        most: rows that there is room for.
    """
    values = values[-_MOST_VALUES:]
    most = max(min(most, _LONGEST), 1)
    found = main_period(values) if len(values) > 2 and np.ptp(values) > 0 else None
    period = found[0] if found is not None and found[0] > 1 else None
    length = _FEWEST if period is None else period * -(-_FEWEST // period)
    if length > most:
        return Length(most, "as much as the splits have room for" if period else "no period stands out")
    while 2 * length <= most:
        gain = gain_of_longer_window(values, length, 2 * length, 1)
        if gain is None or gain[1] <= _WORTHWHILE:
            break
        length *= 2
    return Length(length, _reason(length, period))


def _reason(length: int, period: int | None) -> str:
    if period is None:
        return "no period stands out, and a longer past gains little"
    cycles = length // period
    return f"the period of the series is {period}" if cycles == 1 else f"{cycles} periods of {period}"
