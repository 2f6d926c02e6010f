"""Filling in missing values with numbers that the training split gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.errors import ConfigError

_KINDS = ("median", "forward_fill")


@dataclass(frozen=True)
class Imputer:
    """What takes the place of missing values, per feature.

    Attributes:
        kind: `median` fills in the feature's median; `forward_fill` repeats the value of the step before
            within a sample, and fills in the median where there is none.
        median: of the training split, float64 `(features,)`; 0 for a feature that is missing everywhere.
        constant: which features never vary in the training split, bool `(features,)`. They become 0
            throughout, so that the model's input keeps its shape and they have nothing to say.
    """

    kind: str
    median: NDArray[np.float64]
    constant: NDArray[np.bool_]

    def transform(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """A copy of values `(samples, ..., features)` without NaN; steps are the axis after the samples."""
        if self.kind == "forward_fill" and values.ndim > 2:
            values = _forward_fill(values)
        filled: NDArray[np.floating] = np.where(np.isnan(values), self.median, values)
        return np.where(self.constant, 0.0, filled)

    def to_plain(self) -> dict[str, Any]:
        """The imputer as JSON data."""
        return {"kind": self.kind, "median": self.median.tolist(), "constant": self.constant.tolist()}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Imputer:
        """The imputer that `to_plain` wrote."""
        return cls(plain["kind"], np.array(plain["median"], np.float64), np.array(plain["constant"], bool))


def fit_imputer(kind: str, parts: Iterable[NDArray[np.float64]], *, every: int = 1) -> Imputer:
    """Fit an imputer to training values.

    Args:
        kind: `median` or `forward_fill`.
        parts: the training values, one part after the other, float64 `(rows, features)`, NaN where missing.
        every: the median is taken of every so many rows only, for values too many to be sorted.

    Returns:
        The imputer.

    Raises:
        ConfigError: no such imputation.

    >>> fit_imputer("median", [np.array([[1.0], [np.nan], [3.0]])]).transform(np.array([[np.nan]]))
    array([[2.]])
    """
    if kind not in _KINDS:
        raise ConfigError(f"unknown imputation '{kind}'; known are {', '.join(_KINDS)}")
    sampled, variation = [], Variation()
    for part in parts:
        sampled.append(part[::every])
        variation.add(part)
    rows = np.concatenate(sampled)
    known = ~np.isnan(rows).all(axis=0)
    median = np.zeros(rows.shape[1])
    median[known] = np.nanmedian(rows[:, known], axis=0)
    return Imputer(kind, median, variation.constant)


class Variation:
    """Keeps track of the lowest and the highest value of each feature; missing values count for nothing."""

    def __init__(self) -> None:
        self._ends: NDArray[np.float64] | None = None

    def add(self, rows: NDArray[np.float64]) -> None:
        """Take in rows `(rows, features)`."""
        ends = np.stack([np.fmin.reduce(rows, axis=0), np.fmax.reduce(rows, axis=0)])
        if self._ends is not None:
            ends = np.stack([np.fmin(ends[0], self._ends[0]), np.fmax(ends[1], self._ends[1])])
        self._ends = ends

    @property
    def constant(self) -> NDArray[np.bool_]:
        """Which features never had two different values, bool `(features,)`."""
        if self._ends is None:
            raise ValueError("no rows were added")
        low, high = self._ends
        return np.asarray(np.isnan(low) | (low == high))


def _forward_fill(values: NDArray[np.floating]) -> NDArray[np.floating]:
    steps = np.arange(values.shape[1]).reshape(1, -1, *[1] * (values.ndim - 2))
    last_known = np.maximum.accumulate(np.where(np.isnan(values), 0, steps), axis=1)
    return np.take_along_axis(values, last_known, axis=1)
