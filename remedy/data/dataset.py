"""What a data source becomes: three splits of samples with their targets, as arrays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from remedy.plan import Task

Inputs = NDArray[Any] | Mapping[str, NDArray[Any]]
"""The X of some samples: one array, or several by the names of the model's inputs."""

ONLY_INPUT = "X"
"""How the only input of a model is called where inputs are listed by name."""

NUMBERED_INPUT = re.compile(r"input_\d+")
"""How the items of a list are called."""


def named_inputs(X: Inputs) -> dict[str, NDArray[Any]]:
    """The arrays of X by name; a single one is called `X`.

    >>> list(named_inputs(np.zeros((3, 2))))
    ['X']
    """
    return {ONLY_INPUT: X} if isinstance(X, np.ndarray) else dict(X)


def like_inputs(X: Inputs, arrays: Mapping[str, NDArray[Any]]) -> Inputs:
    """Arrays by name, as `named_inputs` gives them, in the form that `X` has."""
    return arrays[ONLY_INPUT] if isinstance(X, np.ndarray) else dict(arrays)


@dataclass(frozen=True)
class Split:
    """The samples of one split.

    Attributes:
        X: one array or several by name, samples first. Fractions are float64, `(samples, features)`, or
            `(samples, length, features)` with windows, or of any rank; they stay float64 until they are
            scaled, because float32 has no room for small changes of large values. Missing values are NaN.
            Integer arrays hold codes or tokens.
        y: float64 `(samples, outputs)`; for `multiclass` int64 class indices `(samples, 1)`. A target for
            every step has an axis of steps after the samples: `(samples, steps, outputs)`.
        rows: int64 `(samples, length)`: which rows of the source (0 is the first) each sample's X was taken
            from; `length` is 1 without windows.
        target_rows: int64 `(samples,)`: the row that y was taken from, the first one if several were.
        persistence: same shape as y, the last value of the target that a window has seen, the forecast of
            someone who expects no change; `None` without windows or for class targets.
        lengths: int64 `(samples,)`: how many steps of each sample are no padding; `None` if none is padded.
    """

    X: Inputs
    y: NDArray[Any]
    rows: NDArray[np.int64]
    target_rows: NDArray[np.int64]
    persistence: NDArray[np.floating] | None = None
    lengths: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True)
class Dataset:
    """Train, validation and test samples of one source.

    Attributes:
        features: names of the last axis of X; of all inputs one after the other if there are several.
        targets: names of the last axis of y.
        classes: the labels behind the class indices of a `binary` or `multiclass` target, else empty.
        fingerprint: SHA-256 of the source.
        rows: number of data rows, or samples, of the source.
        split_by: the rule by which rows were assigned to splits; `given` if the source came split.
        notes: what was inferred or assumed, one sentence each, to be told to the user.
        one_hot: whether the source gives classes as one-hot rows rather than as one label.
        label_values: the numbers by which the source calls the classes, where they are not whole.
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
    split_by: Literal["time", "random", "group", "given"]
    notes: tuple[str, ...]
    one_hot: bool = False
    label_values: tuple[float, ...] = ()

    @property
    def input_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of one sample of each input without the batch axis, by name."""
        return {name: array.shape[1:] for name, array in named_inputs(self.train.X).items()}

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one sample without the batch axis, of the only input or the first of several."""
        return next(iter(self.input_shapes.values()))

    @property
    def target_steps(self) -> int | None:
        """Steps of a target that has a value for every step; `None` if a sample has one target."""
        return self.train.y.shape[1] if self.train.y.ndim == 3 else None

    @property
    def output_units(self) -> int:
        """Units of an output layer that fits the target: one per target column, or one per class."""
        return len(self.classes) if self.task == "multiclass" else len(self.targets)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of a prediction: `(units,)`, or `(steps, units)` with a target for every step."""
        steps = self.target_steps
        return (self.output_units,) if steps is None else (steps, self.output_units)
