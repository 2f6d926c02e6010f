"""What a data source becomes: three splits of samples with their targets, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remedy.plan import Task


@dataclass(frozen=True)
class Split:
    """The samples of one split.

    Attributes:
        X: float64, `(samples, features)`, or `(samples, length, features)` with windows; it stays float64
            until it is scaled, because float32 has no room for small changes of large values.
        y: float64 `(samples, outputs)`; for `multiclass` int64 class indices `(samples, 1)`.
        rows: int64 `(samples, length)`: which rows of the source file (0 is the first data row) each
            sample's X was taken from; `length` is 1 without windows.
        target_rows: int64 `(samples,)`: the row that y was taken from.
        persistence: float64 `(samples, outputs)`, the last value of the target that a window has seen, the
            forecast of someone who expects no change; `None` without windows or for class targets.
    """

    X: NDArray[np.floating]
    y: NDArray[np.generic]
    rows: NDArray[np.int64]
    target_rows: NDArray[np.int64]
    persistence: NDArray[np.floating] | None = None

    def __len__(self) -> int:
        return len(self.X)


@dataclass(frozen=True)
class Dataset:
    """Train, validation and test samples of one source.

    Attributes:
        features: names of the last axis of X.
        targets: names of the last axis of y.
        classes: the labels behind the class indices of a `binary` or `multiclass` target, else empty.
        fingerprint: SHA-256 of the source file's bytes.
        rows: number of data rows in the source file.
        split_by: the rule by which rows were assigned to splits.
        notes: what was inferred or assumed, one sentence each, to be told to the user.
    """

    task: Task
    train: Split
    validation: Split
    test: Split
    features: tuple[str, ...]
    targets: tuple[str, ...]
    classes: tuple[str, ...]
    fingerprint: str
    rows: int
    split_by: Literal["time", "random", "group"]
    notes: tuple[str, ...]

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one sample without the batch axis."""
        return self.train.X.shape[1:]

    @property
    def output_units(self) -> int:
        """Units of an output layer that fits the target: one per target column, or one per class."""
        return len(self.classes) if self.task == "multiclass" else len(self.targets)
