"""Sliding windows over rows that are sorted into segments: runs of rows of one group and one split."""

from __future__ import annotations

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
    """The rows of every sample; a window lies within one segment from its first row to its target's row.

    Without a window each row is a sample and its own target row.

    Args:
        segments: what `segment_ids` returns.
        window: length, horizon and stride; the stride starts anew in every segment.

    Returns:
        The rows of each sample's X, int64 `(samples, length)`, and the row of its y, int64 `(samples,)`.

    >>> rows, targets = window_rows(np.array([0, 0, 0, 0, 1, 1, 1]), Window(length=2))
    >>> rows.tolist(), targets.tolist()
    ([[0, 1], [1, 2], [4, 5]], [2, 3, 6])
    """
    positions = np.arange(len(segments))
    if window is None:
        return positions[:, np.newaxis], positions
    reach = window.length + window.horizon - 1
    starts = positions[: max(len(positions) - reach, 0)]
    within = segments[starts] == segments[starts + reach]
    on_stride = (starts - np.searchsorted(segments, segments[starts])) % window.stride == 0
    starts = starts[within & on_stride]
    if not len(starts):
        return np.empty((0, window.length), dtype=np.int64), starts
    windows = np.lib.stride_tricks.sliding_window_view(positions, window.length)
    return windows[starts], starts + reach
