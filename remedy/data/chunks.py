"""Goes through arrays that may be larger than memory, some samples at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK_BYTES = 256 * 2**20
"""How much of an array is worked on at once; smaller arrays are taken as a whole."""

SAMPLE_ROWS = 1_000_000
"""From how many rows a median or quantile is taken where an array is too large to be sorted as a whole."""


def sample_slices(array: NDArray[Any], chunk_bytes: int = CHUNK_BYTES) -> Iterator[slice]:
    """Slices of neighbouring samples, each at most `chunk_bytes` large as float64, that cover an array.

    >>> list(sample_slices(np.zeros((5, 2)), chunk_bytes=32))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    samples = max(chunk_bytes // (8 * max(math.prod(array.shape[1:]), 1)), 1)
    for start in range(0, len(array), samples):
        yield slice(start, min(start + samples, len(array)))


def is_within(values: NDArray[Any], lengths: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which steps of padded samples `(samples, steps, ...)` are no padding, bool `(samples, steps)`."""
    return np.arange(values.shape[1]) < lengths[:, np.newaxis]


def feature_rows(values: NDArray[Any], lengths: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
    """Samples of any rank as rows of features, the steps that are padding left out.

    Args:
        values: `(samples, features)`, `(samples, steps, ..., features)`, or `(samples,)` for one feature; so
            are padded sequences `(samples, steps)`.
        lengths: int64 `(samples,)`; `None` if no step is padding.

    Returns:
        float64 `(rows, features)`.
    """
    columns = feature_count(values, padded=lengths is not None)
    if lengths is not None:
        values = values[is_within(values, lengths)]
    return values.reshape(-1, columns).astype(np.float64, copy=False)


def feature_count(values: NDArray[Any], *, padded: bool) -> int:
    """How many features samples have, as `feature_rows` takes them.

    >>> feature_count(np.zeros((5, 3)), padded=False), feature_count(np.zeros((5, 3)), padded=True)
    (3, 1)
    """
    return values.shape[-1] if values.ndim > (2 if padded else 1) else 1
