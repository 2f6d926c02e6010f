"""Whether the script's own `load_data()` gives the arrays that were trained on."""

from __future__ import annotations

import subprocess
import sys
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

LIMIT = 1800.0
"""After so many seconds a script that has not loaded its data yet is stopped."""

PROGRAM = """\
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
import train
arrays = {}
for part, (X, y) in train.load_data().items():
    arrays[f"{part}/y"] = y
    for name, array in X.items() if isinstance(X, dict) else [("X", X)]:
        if isinstance(array, list):
            arrays[f"{part}/lengths/{name}"] = np.array([len(one) for one in array])
            array = np.concatenate(array)
        arrays[f"{part}/X/{name}"] = array
np.savez(sys.argv[2], **arrays)
"""
"""Loads the data of the script in one folder, and writes it to a file."""


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
        try:
            done = subprocess.run(  # noqa: S603 - the script that was just written
                [sys.executable, "-P", "-B", "-c", PROGRAM, str(folder), str(result)],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=LIMIT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"it took more than {LIMIT / 60:g} minutes"
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
            return f"it failed: {last[0]}"
        with np.load(result) as loaded:
            return difference({name: loaded[name] for name in loaded.files}, expected_arrays(dataset))


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
