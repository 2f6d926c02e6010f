"""Checks that arrays hold numbers a model can be trained on, in matching numbers of samples."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.data.array_source import RawData, Samples
from remedy.data.chunks import feature_rows, sample_slices
from remedy.data.dataset import ONLY_INPUT, Split, named_inputs
from remedy.data.wording import quoted
from remedy.errors import DataError

_LARGEST = np.float64(np.finfo(np.float32).max)  # as a plain float it would become infinite beside float16
_KINDS = {
    "c": "complex numbers",
    "U": "text",
    "S": "text",
    "O": "Python objects",
    "M": "dates",
    "m": "durations",
}


def check_arrays(raw: RawData) -> None:
    """Check types, values and shapes of all arrays of a source.

    Raises:
        DataError: X or y cannot be used; one line that names the array and the first sample that is wrong.
    """
    for part, samples in raw.samples.items():
        where = raw.name if part == "all" else f"{raw.name} ({part})"
        _check_target(f"y of {where}", samples.y)
        for name, array in samples.X.items():
            label = _label(where, name)
            _check_input(label, array)
            if len(array) != len(samples):
                raise DataError(
                    f"{label} has {len(array)} samples, but y has {len(samples)}; each sample needs one "
                    "target"
                )
    first_part, first = next(iter(raw.samples.items()))
    for part, samples in raw.samples.items():
        _check_alike(raw.name, (first_part, first), (part, samples))


def missing_note(samples: Samples) -> str | None:
    """What to tell of missing values in X; `None` if there are none."""
    count = sum(
        int(np.isnan(array[part]).sum())
        for array in samples.X.values()
        if array.dtype.kind == "f"
        for part in sample_slices(array)
    )
    if not count:
        return None
    values = f"{count} missing value{'s' if count > 1 else ''}"
    return f"X has {values}; they reach the model as NaN unless the fix imputation fills them in."


def check_some_present(name: str, train: Split) -> None:
    """Check that every feature has a value somewhere in the training split.

    Raises:
        DataError: a feature is missing everywhere.
    """
    for label, array in named_inputs(train.X).items():
        if array.dtype.kind != "f":
            continue
        present = np.zeros(array.shape[-1], dtype=bool)
        for part in sample_slices(array):
            present |= ~np.isnan(feature_rows(array[part])).all(axis=0)
        if not present.all():
            raise DataError(
                f"{_label(name, label)}: feature {int((~present).argmax())} is missing (NaN) everywhere in "
                "the training split; fill it in, or leave it out"
            )


def _label(where: str, name: str) -> str:
    return f"X of {where}" if name == ONLY_INPUT else f"input {quoted(name)} of {where}"


def _check_input(label: str, array: NDArray[Any]) -> None:
    _check_size(label, array)
    if array.dtype.kind not in "biuf":
        raise DataError(
            f"{label} holds {_KINDS.get(array.dtype.kind, f'values of type {array.dtype}')}, but a model "
            "takes numbers; convert it to floats or integers"
        )
    _check_range(label, array, allow_missing=True)


def _check_target(label: str, array: NDArray[Any]) -> None:
    _check_size(label, array)
    if array.dtype.kind not in "biufUS":
        raise DataError(
            f"{label} holds {_KINDS.get(array.dtype.kind, f'values of type {array.dtype}')}; "
            "give numbers, or text for classes"
        )
    if array.ndim > 3:
        raise DataError(
            f"{label} has the shape {array.shape}; a target has one value, a vector, or a vector a step"
        )
    if array.dtype.kind not in "US":
        _check_range(label, array, allow_missing=False)


def _check_size(label: str, array: NDArray[Any]) -> None:
    if array.ndim == 0:
        raise DataError(f"{label} is a single value; its first axis has to be the samples")
    if not array.size:
        raise DataError(f"{label} is empty (shape {array.shape})")


def _check_range(label: str, array: NDArray[Any], *, allow_missing: bool) -> None:
    if array.dtype.kind == "u" and array.dtype.itemsize == 8 and array.max() > np.iinfo(np.int64).max:
        raise DataError(
            f"{label} holds {array.max()}, which is beyond 64-bit integers; number its values from 0"
        )
    if array.dtype.kind != "f":
        return
    for part in sample_slices(array):
        chunk = array[part]
        with np.errstate(invalid="ignore"):
            wrong = np.abs(chunk) > _LARGEST
        if not allow_missing:
            wrong |= np.isnan(chunk)
        if wrong.any():
            place = tuple(int(index) for index in np.unravel_index(int(wrong.argmax()), wrong.shape))
            value = chunk[place]
            what = (
                "is infinite"
                if np.isinf(value)
                else "is missing (NaN)"
                if np.isnan(value)
                else "is too large for 32-bit floats"
            )
            sample = part.start + place[0]
            raise DataError(f"{label}: a value of sample {sample} {what}; mend the sample or leave it out")


def _check_alike(name: str, first: tuple[str, Samples], other: tuple[str, Samples]) -> None:
    """Check that two splits have the same inputs and that their samples have the same shape."""
    if list(first[1].X) != list(other[1].X):
        raise DataError(
            f"{name}: {other[0]} has the inputs {', '.join(map(quoted, other[1].X))} where {first[0]} has "
            f"{', '.join(map(quoted, first[1].X))}; give all splits the same"
        )
    pairs = [(_label(name, key), first[1].X[key], other[1].X[key]) for key in first[1].X]
    for label, one, another in [*pairs, (f"y of {name}", first[1].y, other[1].y)]:
        skipped = 2 if first[1].lengths is not None or other[1].lengths is not None else 1
        if one.ndim != another.ndim or one.shape[skipped:] != another.shape[skipped:]:
            raise DataError(
                f"{label}: samples of {other[0]} have the shape {another.shape[1:]}, those of {first[0]} "
                f"{one.shape[1:]}; give all splits the same shape"
            )
