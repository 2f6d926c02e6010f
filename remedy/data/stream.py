"""Gathers the elements of a `tf.data.Dataset` into arrays, without importing TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.data.dataset import ONLY_INPUT
from remedy.errors import DataError

_MOST_ELEMENTS = 1_000_000
_MOST_BYTES = 4 * 2**30
_INFINITE = -1


def is_stream(value: object) -> bool:
    """Whether a value is a `tf.data.Dataset`."""
    return hasattr(value, "element_spec") and hasattr(value, "as_numpy_iterator")


def gather_stream(where: str, stream: Any) -> tuple[Any, Any]:
    """Run through a `tf.data.Dataset` of (x, y) once.

    Args:
        where: how messages name it.
        stream: its elements are samples, or batches of samples.

    Returns:
        X and y of all samples: an array or a list of sequences each, X a mapping of these if there are
        several inputs.

    Raises:
        DataError: elements are no pairs, never end, fail, or may be batches as well as samples.
    """
    spec = stream.element_spec
    if not isinstance(spec, tuple) or len(spec) != 2:
        raise DataError(f"{where}: elements of the tf.data.Dataset are no pairs (x, y); map them to pairs")
    if int(stream.cardinality()) == _INFINITE:
        raise DataError(f"{where}: the tf.data.Dataset never ends; leave out repeat(), or use take(...)")
    batched = _is_batched(where, [*_by_name(spec[0]).values(), spec[1]])
    columns: dict[str, list[Any]] = {name: [] for name in _by_name(spec[0])}
    targets: list[Any] = []
    for x, y in _elements(where, stream):
        targets.append(y)
        for name, value in _by_name(x).items():
            columns[name].append(value)
    if not targets:
        raise DataError(f"{where}: the tf.data.Dataset is empty; return one that has samples")
    specs = _by_name(spec[0])
    inputs = {name: _joined(where, specs[name], values, batched=batched) for name, values in columns.items()}
    y = _joined(where, spec[1], targets, batched=batched)
    return inputs if isinstance(spec[0], dict | tuple) else inputs[ONLY_INPUT], y


def _elements(where: str, stream: Any) -> Iterator[tuple[Any, Any]]:
    size = 0
    try:
        for count, (x, y) in enumerate(stream.as_numpy_iterator(), start=1):
            size += sum(getattr(value, "nbytes", 0) for value in (*_by_name(x).values(), y))
            if count > _MOST_ELEMENTS or size > _MOST_BYTES:
                raise DataError(
                    f"{where}: the tf.data.Dataset has not ended after {count - 1} elements ({size >> 20} "
                    "MiB); use take(...), or save the data as .npy files"
                )
            yield x, y
    except DataError:
        raise
    except Exception as error:  # TensorFlow's errors, and those of the user's generator inside them
        raise DataError(
            f"{where}: the tf.data.Dataset failed: {' '.join(str(error).split())[:300]}"
        ) from error


def _by_name(x: Any) -> dict[str, Any]:
    if isinstance(x, tuple):
        return {f"input_{place}": value for place, value in enumerate(x, start=1)}
    return x if isinstance(x, dict) else {ONLY_INPUT: x}


def _is_batched(where: str, specs: list[Any]) -> bool:
    shapes = [tuple(spec.shape) for spec in specs]
    sizes = {shape[0] if shape else 0 for shape in shapes}
    if len(sizes) > 1 or 0 in sizes:
        return False
    if sizes != {None}:
        raise DataError(
            f"{where}: elements of the tf.data.Dataset have the shapes {' and '.join(map(str, shapes))}, "
            "which may be samples as well as batches; use batch(...) without drop_remainder"
        )
    return True


def _joined(where: str, spec: Any, values: list[Any], *, batched: bool) -> NDArray[Any] | list[Any]:
    """One array of all samples; a list of them if they differ in length."""
    ragged = hasattr(spec, "ragged_rank")
    if ragged and batched:
        return [sample for batch in values for sample in batch]
    if batched:
        if len({value.shape[1:] for value in values}) > 1:
            raise DataError(
                f"{where}: batches of the tf.data.Dataset are padded to different lengths; return the "
                "samples one by one, they are padded later"
            )
        return _text(np.concatenate(values))
    shapes = {np.shape(value) for value in values}
    return _text(np.stack(values)) if len(shapes) == 1 else values


def _text(array: NDArray[Any]) -> NDArray[Any]:
    """TensorFlow's text, which is bytes, as text."""
    if array.dtype.kind in "SO":
        return np.array(
            [item.decode() if isinstance(item, bytes) else item for item in array.ravel()]
        ).reshape(array.shape)
    return array
