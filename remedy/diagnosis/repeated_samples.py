"""Samples that occur more than once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from remedy.data import Dataset, Split
from remedy.data.chunks import is_within, sample_slices
from remedy.data.dataset import named_inputs
from remedy.data.input_preprocessing import has_padding

MOST_VALUES = 50_000_000
"""Of larger splits as many samples as hold about so many values are compared, evenly spread."""

_CHUNK_BYTES = 16 * 2**20
_SEED = 20_080_915

Keys = NDArray[np.uint64]


@dataclass(frozen=True)
class Repeats:
    """How often samples occur again; see `DataStatistics`."""

    repeated: float
    contradictory: float
    seen_in_validation: float


def find_repeats(dataset: Dataset) -> Repeats:
    """Compare all samples of the training split with each other, and those of the validation split with them.

    Samples are equal if all their numbers are; missing values are equal to each other, and padding does not
    count. They are compared by 64-bit hashes, of which two agree by chance once in millions of data sets.
    """
    X, both = _keys(dataset.train)
    _, same_X = np.unique(X, return_inverse=True)
    distinct, first = np.unique(both, return_index=True)
    answers = np.bincount(same_X[first])
    return Repeats(
        repeated=1 - len(distinct) / len(both),
        contradictory=float((answers[same_X] > 1).mean()),
        seen_in_validation=float(np.isin(_keys(dataset.validation)[1], distinct).mean()),
    )


def _keys(split: Split) -> tuple[Keys, Keys]:
    """A number for the X of each sample, and one for its X and y."""
    arrays = named_inputs(split.X)
    stride = -(-sum(array.size for array in arrays.values()) // MOST_VALUES)
    chosen = np.arange(0, len(split), max(stride, 1))
    generator = np.random.default_rng(_SEED)
    X = np.zeros(len(chosen), dtype=np.uint64)
    for array in arrays.values():
        lengths = split.lengths if has_padding(array) else None
        X += _array_keys(array, chosen, lengths, generator)
        if lengths is not None:
            X += _array_keys(lengths[:, np.newaxis], chosen, None, generator)
    return X, X + _array_keys(split.y, chosen, None, generator)


def _array_keys(
    array: NDArray[Any],
    chosen: NDArray[np.int64],
    lengths: NDArray[np.int64] | None,
    generator: np.random.Generator,
) -> Keys:
    """Hashes of the values, multiplied by an odd number for each place, and added up."""
    places = int(np.prod(array.shape[1:], dtype=np.int64))
    weights = generator.integers(0, 2**64, size=places, dtype=np.uint64) | np.uint64(1)
    keys = np.empty(len(chosen), dtype=np.uint64)
    for part, values in _chunks(array, chosen):
        if lengths is not None:
            values[~is_within(values, lengths[chosen[part]])] = 0
        flat = values.reshape(len(values), -1)
        hashed: Keys = pd.util.hash_array(flat.ravel()).reshape(flat.shape)
        keys[part] = (hashed * weights).sum(axis=1, dtype=np.uint64)
    return keys


def _chunks(array: NDArray[Any], chosen: NDArray[np.int64]) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Copies of the chosen samples in which equal numbers have equal bits."""
    shape = np.broadcast_to(0, (len(chosen), *array.shape[1:]))
    for part in sample_slices(shape, _CHUNK_BYTES):
        values = np.array(array[chosen[part]], dtype=np.float64) + 0.0  # there is a zero with a sign
        values[np.isnan(values)] = np.nan
        yield part, values
