"""Notices samples that are overlapping windows, cut from a series before they came here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.data.chunks import CHUNK_BYTES

_MOST_PAIRS, _FEWEST_PAIRS = 200, 20
_MATCHING = 0.9
_FEWEST_CONTENTS = 5


@dataclass(frozen=True)
class Overlap:
    """How neighbouring samples overlap.

    Attributes:
        steps: of a sample.
        shared: how many of them the next sample has too.
        gap: how many samples lie between two that have nothing in common.
    """

    steps: int
    shared: int
    gap: int

    def __str__(self) -> str:
        return f"each has {self.shared} of its {self.steps} steps in common with the next"


def find_overlap(X: Mapping[str, NDArray[Any]], y: NDArray[Any], places: NDArray[np.int64]) -> Overlap | None:
    """Whether neighbouring samples are windows with steps in common, `X[i, s:] == X[i + 1, :-s]`.

    At most 200 pairs of neighbours are looked at, spread over the samples. Contents that many samples share,
    such as an empty margin, count once, so that they do not pass for windows.

    Args:
        X: inputs by name; fractions `(samples, steps, features)` are looked at, others are not windows.
        y: `(samples, outputs)` or `(samples, steps, outputs)`; columns that overlap like X are steps, too.
        places: which samples to look at, int64 `(samples,)`, in their order.

    Returns:
        The overlap of the input whose samples have most neighbours in common; `None` if there is none.
    """
    found = []
    for array in X.values():
        if array.ndim != 3 or array.dtype.kind != "f" or len(places) < 2:
            continue
        first = _sampled(places, array)
        stride = _stride(_pairs(array, places, first))
        if stride is not None:
            steps = array.shape[1]
            longest = max(steps, _target_steps(_pairs(y, places, first), stride))
            found.append(Overlap(steps, steps - stride, math.ceil(longest / stride) - 1))
    return max(found, key=lambda overlap: overlap.gap, default=None)


def _sampled(places: NDArray[np.int64], array: NDArray[Any]) -> NDArray[np.int64]:
    """The first of each pair, as an index of `places`."""
    affordable = CHUNK_BYTES // (32 * max(math.prod(array.shape[1:]), 1))
    most = min(_MOST_PAIRS, max(affordable, _FEWEST_PAIRS))
    return np.unique(np.linspace(0, len(places) - 2, most).astype(np.int64))


def _pairs(
    array: NDArray[Any], places: NDArray[np.int64], first: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Samples and their neighbours, each `(pairs, steps, ...)`; what is missing is equal to itself."""
    one, next_one = (np.asarray(array[places[index]], dtype=np.float64) for index in (first, first + 1))
    return np.where(np.isnan(one), np.inf, one), np.where(np.isnan(next_one), np.inf, next_one)


def _stride(pairs: tuple[NDArray[np.float64], NDArray[np.float64]]) -> int | None:
    """The least number of steps by which neighbours are shifted, if they are."""
    one, next_one = pairs
    begins = (one == next_one[:, :1]).all(axis=2).mean(axis=0) >= _MATCHING
    strides: list[int] = (np.flatnonzero(begins[1:]) + 1).tolist()
    for stride in strides:
        matching = _matching(one, next_one, stride)
        if matching.mean() < _MATCHING:
            continue
        contents = one[:, stride:].reshape(len(one), -1)
        _, which, counts = np.unique(contents, axis=0, return_inverse=True, return_counts=True)
        if len(counts) < _FEWEST_CONTENTS:
            return None  # a larger stride has fewer still
        if (np.bincount(which.ravel(), weights=matching) / counts).mean() >= _MATCHING:
            return stride
    return None


def _target_steps(pairs: tuple[NDArray[np.float64], NDArray[np.float64]], stride: int) -> int:
    """How many steps a target spans: all its columns if they overlap by the same stride, else 1."""
    one, next_one = pairs
    overlaps = one.shape[1] > stride and _matching(one, next_one, stride).mean() >= _MATCHING
    return one.shape[1] if overlaps else 1


def _matching(one: NDArray[np.float64], next_one: NDArray[np.float64], stride: int) -> NDArray[np.bool_]:
    """Which pairs agree where they would overlap, bool `(pairs,)`."""
    equal = one[:, stride:] == next_one[:, :-stride]
    return np.asarray(equal.reshape(len(equal), -1).all(axis=1))
