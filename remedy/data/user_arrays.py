"""What a user's function may return, as plain arrays."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from remedy.data.array_source import PARTS, Part, RawData, Samples, fingerprint
from remedy.data.dataset import ONLY_INPUT
from remedy.data.ragged import differ_in_length, pad_sequences
from remedy.data.stream import gather_stream, is_stream
from remedy.data.wording import quoted
from remedy.errors import DataError
from remedy.user_code import blaming, load_member

_PART_NAMES: dict[str, Part] = {
    "train": "train",
    "validation": "validation",
    "val": "validation",
    "test": "test",
}
_EXPECTED = (
    "return (X, y), {'X': ..., 'y': ...}, a tf.data.Dataset of (x, y), "
    "or {'train': (X, y), 'validation': (X, y), 'test': (X, y)}"
)


def load_from_function(file: Path, name: str) -> RawData:
    """Call a function of the user's that returns the data. It runs in this very process.

    Args:
        file: the Python file.
        name: the function, which takes no arguments.

    Returns:
        What it returned, as NumPy arrays.

    Raises:
        UserCodeError: the function is missing or failed.
        DataError: it returned something that is no data.
    """
    function = load_member(file, name)
    with blaming(file, f"{name}()"):
        returned = function()
    return raw_data(f"{file.name}:{name}", returned)


def raw_data(name: str, returned: object) -> RawData:
    """Arrays in any of the forms that a function may return.

    Args:
        name: how messages name their source.
        returned: `(X, y)`, `{"X": ..., "y": ...}`, a `tf.data.Dataset` of such pairs, or a mapping of these
            under `train`, `validation` (or `val`) and `test`. X is an array, a data frame, a ragged tensor
            or a list of sequences; several inputs are a mapping or a list of these.

    Raises:
        DataError: it is something else; one line that says what to return.
    """
    if not isinstance(returned, Mapping) or "train" not in returned:
        parts: dict[Any, Any] = {"all": returned}
    else:
        unknown = [key for key in returned if key not in _PART_NAMES]
        if unknown:
            raise DataError(
                f"{name} returned a split {quoted(unknown[0])}; the splits are train, validation and test"
            )
        parts = {_PART_NAMES[key]: value for key, value in returned.items()}
        parts = {part: parts[part] for part in PARTS if parts.get(part) is not None}
    read = [_read(name if part == "all" else f"{name} ({part})", value) for part, value in parts.items()]
    ragged = {key for part in read for key, value in part.X.items() if _is_ragged(value)}
    samples = {part: _samples(one, ragged) for part, one in zip(parts, read, strict=True)}
    feature_names = {key: names for key, value in read[0].X.items() if (names := _column_names(value))}
    target_names = _column_names(read[0].y)
    return RawData(name, samples, feature_names, target_names, fingerprint=fingerprint(samples))


class _Returned(NamedTuple):
    """X and y of a split as they were returned, the inputs by name."""

    where: str
    X: Mapping[str, Any]
    y: Any


def _read(where: str, returned: object) -> _Returned:
    X, y = _pair(where, returned)
    return _Returned(where, _inputs(where, X, y), y)


def _samples(returned: _Returned, ragged: Collection[str]) -> Samples:
    where = returned.where
    arrays: dict[str, NDArray[Any]] = {}
    lengths: dict[str, NDArray[np.int64]] = {}
    for name, value in returned.X.items():
        label = f"X of {where}" if name == ONLY_INPUT else f"input {quoted(name)} of {where}"
        if name in ragged:
            arrays[name], lengths[name] = pad_sequences(label, _as_list(value))
        else:
            arrays[name] = _as_array(label, value)
    y = _as_array(f"y of {where}", returned.y)
    return Samples(arrays, y, _common_lengths(where, arrays, lengths))


def _pair(where: str, returned: object) -> tuple[Any, Any]:
    if is_stream(returned):
        return gather_stream(where, returned)
    if returned is None:
        raise DataError(f"{where} returned nothing; {_EXPECTED}")
    if isinstance(returned, Mapping):
        if set(returned) != {"X", "y"}:
            keys = ", ".join(quoted(key) for key in returned)
            raise DataError(f"{where} returned a mapping with the keys {keys or '(none)'}; {_EXPECTED}")
        return returned["X"], returned["y"]
    if not isinstance(returned, tuple | list):
        raise DataError(f"{where} returned a {quoted(type(returned).__name__)}; {_EXPECTED}")
    if len(returned) != 2:
        raise DataError(
            f"{where} returned {len(returned)} item{'s' * (len(returned) != 1)}, not two; {_EXPECTED}"
        )
    return returned[0], returned[1]


def _inputs(where: str, X: object, y: object) -> Mapping[str, Any]:
    """The inputs by name. A list of items that are all as long as y is a list of inputs."""
    if isinstance(X, Mapping):
        if not X:
            raise DataError(f"{where} returned no input; {_EXPECTED}")
        return {str(name): value for name, value in X.items()}
    if not isinstance(X, list | tuple) or not hasattr(y, "__len__") or len(X) in (0, len(y)):
        return {ONLY_INPUT: X}
    if all(hasattr(item, "__len__") and len(item) == len(y) for item in X):
        return {f"input_{place}": item for place, item in enumerate(X, start=1)}
    return {ONLY_INPUT: X}


def _is_ragged(value: Any) -> bool:
    return hasattr(value, "row_splits") or differ_in_length(value)


def _as_list(value: Any) -> list[Any]:
    return list(value.to_list() if hasattr(value, "row_splits") else value)


def _column_names(value: Any) -> tuple[str, ...]:
    """The names that a data frame has for its columns, or a series for itself; else none."""
    if not hasattr(value, "to_numpy"):
        return ()
    names = getattr(value, "columns", [getattr(value, "name", None)])
    return tuple(str(name) for name in names if name is not None)


def _as_array(where: str, value: Any) -> NDArray[Any]:
    if _is_ragged(value):
        raise DataError(
            f"{where} holds sequences of different lengths, which only X may; pad them, or cut them"
        )
    if hasattr(value, "to_numpy"):
        return _plain(where, value.to_numpy())
    if hasattr(value, "numpy"):
        return _plain(where, value.numpy())
    if not isinstance(value, np.ndarray | list | tuple):
        raise DataError(
            f"{where} is a {quoted(type(value).__name__)} and no array; turn it into a NumPy array"
        )
    try:
        return _plain(where, np.asarray(value))
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise DataError(f"{where} is no array ({reason}); give all samples one shape") from error


def _plain(where: str, array: NDArray[Any]) -> NDArray[Any]:
    """An array without Python objects, if they are all text or all numbers."""
    if array.ndim == 0:
        raise DataError(f"{where} is a single value and no array; its first axis has to be the samples")
    if array.dtype != object:
        return np.asarray(array)
    if all(isinstance(item, str) for item in array.ravel()):
        return array.astype(str)
    if all(isinstance(item, bool | int | float | np.number | np.bool_) for item in array.ravel()):
        return array.astype(np.float64)
    odd = next(type(item).__name__ for item in array.ravel() if not isinstance(item, int | float | np.number))
    raise DataError(f"{where} is an array of Python objects (such as {quoted(odd)}); convert it to numbers")


def _common_lengths(
    where: str, arrays: Mapping[str, NDArray[Any]], lengths: Mapping[str, NDArray[np.int64]]
) -> NDArray[np.int64] | None:
    """The lengths that all inputs with steps share, `None` if no input is padded."""
    if not lengths:
        return None
    name, common = next(iter(lengths.items()))
    for other, array in arrays.items():
        has_steps = array.ndim > 2 or (array.ndim == 2 and array.shape[1] > 1 and array.dtype.kind in "iu")
        if has_steps and not np.array_equal(lengths.get(other, []), common):
            raise DataError(
                f"{where}: inputs {quoted(name)} and {quoted(other)} hold sequences of different lengths for "
                "the same sample; sequences of all inputs have to end together"
            )
    return common
