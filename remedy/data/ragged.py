"""Sequences of different lengths as one array, padded at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.errors import DataError


def pad_sequences(where: str, sequences: Sequence[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Pad sequences with zeros to the length of the longest.

    Args:
        where: how a message names them.
        sequences: one per sample, each `(steps,)` or `(steps, features)` or of higher rank, of numbers.

    Returns:
        `(samples, steps, features)`, one feature if the sequences had no axis of features; integers without
        that axis, which may be tokens, stay `(samples, steps)`. And the lengths, int64 `(samples,)`.

    Raises:
        DataError: a sequence is empty or no array of numbers, or they differ in more than their length.

    >>> pad_sequences("X", [[1, 2, 3], [4]])
    (array([[1, 2, 3],
           [4, 0, 0]]), array([3, 1]))
    """
    arrays = [_as_sequence(where, index, sequence) for index, sequence in enumerate(sequences)]
    shape = arrays[0].shape[1:]
    for index, array in enumerate(arrays):
        if array.shape[1:] != shape:
            raise DataError(
                f"{where}: sequence {index} has the shape {array.shape} and sequence 0 {arrays[0].shape}; "
                "sequences may differ in their first axis only"
            )
    lengths = np.array([len(array) for array in arrays], dtype=np.int64)
    dtype = np.result_type(*{array.dtype for array in arrays})
    padded = np.zeros((len(arrays), int(lengths.max()), *shape), dtype)
    for row, array in zip(padded, arrays, strict=True):
        row[: len(array)] = array
    if padded.ndim == 2 and not np.issubdtype(dtype, np.integer):
        padded = padded[:, :, np.newaxis]
    return padded, lengths


def pad_to(array: NDArray[Any], steps: int) -> NDArray[Any]:
    """An array `(samples, steps, ...)` with zeros behind its steps up to a number of steps."""
    missing = steps - array.shape[1]
    return np.pad(array, [(0, 0), (0, missing), *[(0, 0)] * (array.ndim - 2)]) if missing else array


def differ_in_length(value: object) -> bool:
    """Whether a value is a list (or an array of objects) of sequences that are not all of one length."""
    if isinstance(value, np.ndarray) and value.dtype != object:
        return False
    if not isinstance(value, list | tuple | np.ndarray) or not len(value):
        return False
    if any(isinstance(item, str | bytes) or not hasattr(item, "__len__") for item in value):
        return False
    if any(getattr(item, "shape", None) == () for item in value):
        return False
    return len({len(item) for item in value}) > 1


def _as_sequence(where: str, index: int, sequence: Any) -> NDArray[Any]:
    try:
        array = np.asarray(sequence)
    except ValueError as error:
        raise DataError(f"{where}: sequence {index} is no array: {error}") from error
    if not array.size:
        raise DataError(f"{where}: sequence {index} is empty; leave it out, with its target")
    if array.ndim == 0 or array.dtype.kind not in "biuf":
        raise DataError(f"{where}: sequence {index} does not hold numbers (type {array.dtype}); convert it")
    return array
