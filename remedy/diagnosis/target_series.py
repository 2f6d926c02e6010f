"""Puts the target of overlapping windows together to the series that it was cut from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.data import Dataset, Split
from remedy.data.dataset import named_inputs
from remedy.data.overlap import find_overlap
from remedy.diagnosis.data_statistics import SeriesStatistics
from remedy.diagnosis.series import gain_of_longer_window, ljung_box, main_period

FEWEST_VALUES = 30
"""With fewer values in a row nothing is said about a series."""

_MOST_VALUES = 200_000
_LAGS = 10
_COMPARED = 200
_FARTHEST = 1_000


@dataclass(frozen=True)
class Windows:
    """How samples were cut from a series.

    Attributes:
        length: steps of a sample.
        stride: steps from one sample to the next.
        run: the most samples in a row that follow each other by that stride.
    """

    length: int
    stride: int
    run: slice


def find_windows(split: Split) -> Windows | None:
    """How the samples of a split overlap; `None` if they do not, or are no windows.

    Windows that were cut here tell by their rows, arrays that came as windows by their contents.
    """
    length = split.rows.shape[1]
    if length > 1:
        shared = split.rows[:-1] == split.rows[1:, :1]
        strides = shared.argmax(axis=1)[shared.any(axis=1)]
        if not len(strides):
            return None
        stride = int(np.median(strides))
        return Windows(length, stride, _longest_run(shared[:, stride]))
    overlap = find_overlap(named_inputs(split.X), split.y, np.arange(len(split)))
    if overlap is None:
        return None
    return Windows(overlap.steps, overlap.steps - overlap.shared, slice(0, len(split)))


def series_statistics(dataset: Dataset, windows: Windows | None) -> SeriesStatistics | None:
    """The first target of the training split as a series in time.

    Args:
        dataset: of any task.
        windows: how its training split was cut.

    Returns:
        `None` if there are no windows, too few in a row, or the target holds classes or never varies there.
    """
    if windows is None or dataset.task != "regression":
        return None
    y = dataset.train.y[windows.run][-_MOST_VALUES:]
    values = y.reshape(len(y), -1, y.shape[-1])[:, -1, 0]
    if len(values) < FEWEST_VALUES or not np.isfinite(values).all() or np.ptp(values) <= 0:
        return None
    period, strength = main_period(values) or (None, None)
    gain: tuple[float, float] | None = None
    if period is not None and windows.stride == 1 and period > windows.length:
        horizon = _horizon(dataset.train, windows.run, values)
        if horizon is not None:
            gain = gain_of_longer_window(values, windows.length, period, horizon)
    return SeriesStatistics(
        values=len(values),
        ljung_box_p=ljung_box(values, min(max(_LAGS, windows.length, period or 0), len(values) // 3)),
        period=None if period is None else period * windows.stride,
        period_strength=strength,
        window=windows.length,
        gain_of_longer_window=None if gain is None else gain[0],
        gain_low=None if gain is None else gain[1],
    )


def _longest_run(follows: NDArray[np.bool_]) -> slice:
    """The longest stretch of samples each of which but the first follows the one before it."""
    borders = np.flatnonzero(np.concatenate([[True], ~follows, [True]]))
    longest = int(np.diff(borders).argmax())
    return slice(int(borders[longest]), int(borders[longest + 1]))


def _horizon(split: Split, run: slice, values: NDArray[np.float64]) -> int | None:
    """How many steps after its window a target comes; `None` if the windows do not show the target's past."""
    compared = min(_COMPARED, len(values) // 2)
    for array in named_inputs(split.X).values():
        if array.ndim != 3 or array.dtype.kind != "f":
            continue
        last: NDArray[Any] = np.asarray(array[run][-len(values) :, -1], dtype=np.float64)
        for horizon in range(1, min(len(values) - compared, _FARTHEST) + 1):
            shown = last[horizon : horizon + compared]
            if (shown == values[:compared, np.newaxis]).all(axis=0).any():
                return horizon
    return None
