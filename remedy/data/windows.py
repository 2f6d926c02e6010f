"""Sliding windows over rows that are sorted into segments: runs of rows of one group and one split."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.config.experiment import Window


def segment_ids(groups: NDArray[np.int64], splits: NDArray[np.int8]) -> NDArray[np.int64]:
    """Number the runs of neighbouring rows that share both group and split.

    Args:
        groups: group of each row, int64 `(rows,)`.
        splits: split of each row, int8 `(rows,)`.

    Returns:
        int64 `(rows,)`, from 0 upwards, never falling.

    >>> segment_ids(np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 0], dtype=np.int8))
    array([0, 0, 1, 2, 3])
    """
    changes = (groups[1:] != groups[:-1]) | (splits[1:] != splits[:-1])
    return np.concatenate([[0], np.cumsum(changes)]).astype(np.int64)


def window_rows(
    segments: NDArray[np.int64], window: Window | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows of every sample; a window lies within one segment from its first row to its last target's row.

    Without a window each row is a sample and its own target row.

    Args:
        segments: what `segment_ids` returns.
        window: length, horizons and stride; the stride starts anew in every segment.

    Returns:
        The rows of each sample's X, int64 `(samples, length)`, and the first row of its y, int64
        `(samples,)`.

    >>> rows, targets = window_rows(np.array([0, 0, 0, 0, 1, 1, 1]), Window(length=2))
    >>> rows.tolist(), targets.tolist()
    ([[0, 1], [1, 2], [4, 5]], [2, 3, 6])
    """
    positions = np.arange(len(segments))
    if window is None:
        return positions[:, np.newaxis], positions
    starts = positions[: max(len(positions) - window.reach + 1, 0)]
    if not len(starts):  # the length may be more than NumPy can count
        return np.empty((0, min(window.length, len(positions))), dtype=np.int64), starts
    within = segments[starts] == segments[starts + window.reach - 1]
    on_stride = (starts - np.searchsorted(segments, segments[starts])) % window.stride == 0
    starts = starts[within & on_stride]
    if not len(starts):
        return np.empty((0, window.length), dtype=np.int64), starts
    rows = np.lib.stride_tricks.sliding_window_view(positions, window.length)[starts]
    return rows, target_positions(rows, window).min(axis=(1, 2))


def target_positions(rows: NDArray[np.int64], window: Window | None) -> NDArray[np.int64]:
    """The rows that hold a sample's targets.

    Args:
        rows: of each sample's X, int64 `(samples, length)`, as `window_rows` returns them.
        window: its horizons, and whether every step has a target or the last one only.

    Returns:
        int64 `(samples, steps, horizons)`; without a window `(samples, 1, 1)`, the rows themselves.

    >>> target_positions(np.array([[0, 1], [4, 5]]), Window(length=2, horizon=[1, 3])).tolist()
    [[[2, 4]], [[6, 8]]]
    >>> target_positions(np.array([[0, 1], [4, 5]]), Window(length=2, targets="every")).tolist()
    [[[1], [2]], [[5], [6]]]
    """
    if window is None:
        return rows[:, :, np.newaxis]
    return _steps(rows, window)[:, :, np.newaxis] + np.array(window.horizon, dtype=np.int64)


def take_targets(values: NDArray[Any], rows: NDArray[np.int64], window: Window | None) -> NDArray[Any]:
    """The y of every sample.

    Args:
        values: the target of each row, `(rows, columns)`.
        rows: of each sample's X, int64 `(samples, length)`.
        window: its horizons, and whether every step has a target.

    Returns:
        `(samples, outputs)`, or `(samples, length, outputs)` with a target for every step; an output is a
        column at a horizon, all horizons of the first column first.
    """
    picked = values[target_positions(rows, window)].swapaxes(2, 3)
    samples, steps, columns, horizons = picked.shape
    y = picked.reshape(samples, steps, columns * horizons)
    return y if window is not None and window.targets == "every" else y[:, 0]


def take_persistence(
    values: NDArray[np.float64], rows: NDArray[np.int64], window: Window
) -> NDArray[np.float64]:
    """The target's value in the row from which the horizon counts, in the shape of `take_targets`."""
    seen = np.repeat(values[_steps(rows, window)], len(window.horizon), axis=-1)
    return seen if window.targets == "every" else seen[:, 0]


def _steps(rows: NDArray[np.int64], window: Window) -> NDArray[np.int64]:
    """The rows from which the horizon counts, int64 `(samples, steps)`: all of a window, or its last."""
    return rows if window.targets == "every" else rows[:, -1:]
