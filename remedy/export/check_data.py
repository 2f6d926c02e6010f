"""Whether the script's own `load_data()` gives the arrays that were trained on."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.data import Dataset
from remedy.data.dataset import named_inputs
from remedy.data.input_preprocessing import has_padding
from remedy.export.data_source import splits
from remedy.workers.messages import Answer
from remedy.workers.process import WorkerDiedError, WorkerProcess

LIMIT = 1800.0
"""After so many seconds a script that has not loaded its data yet is stopped."""


class _Process(WorkerProcess):
    module = "remedy.export.load_child"


def why_data_differ(folder: Path, dataset: Dataset) -> str | None:
    """Load the data as the script does, in a process of its own, and compare.

    Args:
        folder: the script's.
        dataset: what was trained on.

    Returns:
        What is wrong, a clause; `None` if all arrays are equal to the last bit.
    """
    with tempfile.TemporaryDirectory(prefix="remedy-export-") as scratch:
        result = Path(scratch) / "loaded.npz"
        reason = _load(folder, result)
        if reason is not None:
            return reason
        with np.load(result) as loaded:
            return difference({name: loaded[name] for name in loaded.files}, expected_arrays(dataset))


def _load(folder: Path, result: Path) -> str | None:
    """Write what the script loads to a file; say why that is impossible, if it is."""
    process = _Process()
    try:
        process.send((folder.absolute(), result))
        if not process.pipe.poll(LIMIT):
            return f"it took more than {LIMIT / 60:g} minutes"
        answer = process.receive()
    except WorkerDiedError as death:
        return f"it failed: {death}"
    finally:
        process.stop()
    return None if isinstance(answer, Answer) else f"it failed: {answer.error}"


def expected_arrays(dataset: Dataset) -> dict[str, NDArray[Any]]:
    """The arrays of a dataset by part and name; sequences of different lengths one after the other."""
    arrays: dict[str, NDArray[Any]] = {}
    for part, split in splits(dataset).items():
        arrays[f"{part}/y"] = split.y
        for name, array in named_inputs(split.X).items():
            if split.lengths is not None and has_padding(array):
                arrays[f"{part}/lengths/{name}"] = split.lengths
                array = np.concatenate(
                    [sample[:length] for sample, length in zip(array, split.lengths, strict=True)]
                )
            arrays[f"{part}/X/{name}"] = array
    return arrays


def difference(loaded: Mapping[str, NDArray[Any]], expected: Mapping[str, NDArray[Any]]) -> str | None:
    """In what the arrays that were loaded differ from those that were expected, a clause, if they do."""
    for name, array in expected.items():
        if name not in loaded:
            return f"{name} is missing"
        found = loaded[name]
        if found.size == array.size and found.ndim == 1 and array.ndim == 2 and array.shape[1] == 1:
            found = found[:, np.newaxis]  # a sequence of single numbers
        if found.shape != array.shape:
            return f"{name} has the shape {found.shape}, not {array.shape}"
        whole = np.issubdtype(array.dtype, np.integer)
        if whole != np.issubdtype(found.dtype, np.integer):
            return f"{name} is of the type {found.dtype}, not {array.dtype}"
        if not np.array_equal(found, array, equal_nan=not whole):
            return f"{name} holds other values"
    return None
