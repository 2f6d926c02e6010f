"""The features of a split in numbers, however many samples there are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.data import Dataset
from remedy.data.array_targets import numbered
from remedy.data.chunks import feature_count, feature_rows, sample_slices
from remedy.data.dataset import named_inputs
from remedy.data.input_preprocessing import has_padding
from remedy.diagnosis.data_statistics import FeatureStatistics

MOST_VALUES = 200_000_000
"""Of larger arrays evenly spread stretches are looked at, about as many values as this."""

_CHUNK_BYTES = 16 * 2**20

Row = NDArray[np.float64]


def feature_statistics(dataset: Dataset, tokens: tuple[str, ...]) -> tuple[FeatureStatistics, ...]:
    """Every feature of the training split over all samples and all steps that are no padding.

    Args:
        dataset: X may be memory-mapped and larger than memory.
        tokens: names of the inputs that hold tokens, which are no features.
    """
    found = []
    for name, features in feature_names(dataset).items():
        if name not in tokens:
            found += _of_input(dataset, name, features)
    return tuple(found)


def feature_names(dataset: Dataset) -> dict[str, tuple[str, ...]]:
    """The features of each input; where there are several inputs as `input/feature`."""
    arrays = named_inputs(dataset.train.X)
    names, position = {}, 0
    for name, array in arrays.items():
        # The codes of a table's column have one name, however long the window is.
        width = 1 if name in dataset.features else array.shape[-1]
        own = dataset.features[position : position + width]
        position += width
        count = feature_count(array, padded=_lengths(dataset, array) is not None)
        own = own if len(own) == count else numbered(name, count)
        names[name] = tuple(
            feature if len(arrays) == 1 or feature == name else f"{name}/{feature}" for feature in own
        )
    return names


def spread_slices(array: NDArray[Any], most_values: int = MOST_VALUES) -> list[slice]:
    """Slices of neighbouring samples that cover an array, or as many of them as there is time for.

    >>> spread_slices(np.zeros((4, 2**20)), most_values=2**21)
    [slice(0, 2, None)]
    """
    slices = list(sample_slices(array, _CHUNK_BYTES))
    return slices[:: math.ceil(array.size / most_values)]


def _of_input(dataset: Dataset, name: str, features: tuple[str, ...]) -> list[FeatureStatistics]:
    array = named_inputs(dataset.train.X)[name]
    summary = _Summary(len(features))
    for rows in _parts(array, _lengths(dataset, array)):
        summary.add(rows)
    deviation, binary = summary.deviation, summary.binary
    return [
        FeatureStatistics(
            name=feature,
            input=name,
            low=float(summary.low[column]),
            high=float(summary.high[column]),
            mean=float(summary.mean[column]),
            std=float(deviation[column]),
            missing=float(summary.missing[column] / max(summary.rows, 1)),
            infinite=float(summary.infinite[column] / max(summary.rows, 1)),
            binary=bool(binary[column]),
        )
        for column, feature in enumerate(features)
    ]


def _lengths(dataset: Dataset, array: NDArray[Any]) -> NDArray[np.int64] | None:
    return dataset.train.lengths if has_padding(array) else None


def _parts(array: NDArray[Any], lengths: NDArray[np.int64] | None) -> Iterator[Row]:
    for part in spread_slices(array):
        yield feature_rows(array[part], None if lengths is None else lengths[part])


class _Summary:
    """Ends, mean and variance of columns that come in parts (Chan, Golub and LeVeque 1983)."""

    def __init__(self, columns: int) -> None:
        self.rows = 0
        self.low, self.high = np.full(columns, np.nan), np.full(columns, np.nan)
        self.mean, self._squares, self._count = np.zeros(columns), np.zeros(columns), np.zeros(columns)
        self.missing, self.infinite = np.zeros(columns), np.zeros(columns)
        self._ends: list[tuple[Row, Row]] = []
        self._only_ends = np.ones(columns, dtype=bool)

    def add(self, rows: Row) -> None:
        """Take in rows `(rows, columns)`."""
        if not len(rows):
            return
        finite = np.isfinite(rows)
        if not finite.all():
            self.missing += np.isnan(rows).sum(axis=0)
            self.infinite += np.isinf(rows).sum(axis=0)
            rows = np.where(finite, rows, np.nan)
        low, high = np.fmin.reduce(rows, axis=0), np.fmax.reduce(rows, axis=0)
        self._only_ends &= ((rows == low) | (rows == high) | ~finite).all(axis=0)
        self._ends.append((low, high))
        self.low, self.high = np.fmin(self.low, low), np.fmax(self.high, high)
        count = finite.sum(axis=0)
        mean = np.nansum(rows, axis=0) / np.maximum(count, 1)
        total = np.maximum(self._count + count, 1)
        between = (mean - self.mean) ** 2 * self._count * count / total
        self._squares += np.nansum((rows - mean) ** 2, axis=0) + between
        self.mean += (mean - self.mean) * count / total
        self._count += count
        self.rows += len(rows)

    @property
    def deviation(self) -> Row:
        """Exactly 0 where a column never varies."""
        spread = np.sqrt(self._squares / np.maximum(self._count, 1))
        return np.where(self.low == self.high, 0.0, spread)

    @property
    def binary(self) -> NDArray[np.bool_]:
        """Which columns hold two values and no third one."""
        only_two = self._only_ends & (self.low < self.high)
        for ends in self._ends:
            for end in ends:
                only_two &= (end == self.low) | (end == self.high) | np.isnan(end)
        return only_two
