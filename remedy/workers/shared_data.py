"""Large arrays of a dataset as files that all worker processes map, so that they are in memory once.

A process is sent a dataset in which such arrays are `_Mapped` objects; what it unpickles are the arrays
themselves. An array that is mapped from a file already is mapped from there. (A pickled `numpy.memmap` would
be sent as a copy.)
"""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.data import Dataset, Split
from remedy.errors import DataError

SHARED_BYTES = 1 << 24
"""Arrays of at least this size are shared; smaller ones are cheaper to send."""


class SharedData:
    """A dataset in a form that is cheap to send to any number of processes.

    Args:
        dataset: what the processes need.

    Attributes:
        dataset: what to pickle; of no use in this process.

    Raises:
        DataError: there is no room for the files.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._stored: dict[int, _Mapped] = {}
        self.dataset = replace(
            dataset,
            train=self._split(dataset.train),
            validation=self._split(dataset.validation),
            test=self._split(dataset.test),
        )

    def close(self) -> None:
        """Remove the files; processes that have mapped them keep what they have."""
        if self._folder is not None:
            self._folder.cleanup()

    def _split(self, split: Split) -> Split:
        return replace(
            split, **{field.name: self._value(getattr(split, field.name)) for field in fields(split)}
        )

    def _value(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: self._value(array) for name, array in value.items()}
        if not isinstance(value, np.ndarray) or value.nbytes < SHARED_BYTES:
            return np.array(value) if isinstance(value, np.memmap) else value
        if id(value) not in self._stored:
            self._stored[id(value)] = _in_place(value) or self._written(value)
        return self._stored[id(value)]

    def _written(self, array: NDArray[Any]) -> _Mapped:
        self._folder = self._folder or tempfile.TemporaryDirectory(prefix="remedy-data-")
        path = Path(self._folder.name) / f"{len(self._stored)}.npy"
        try:
            np.save(path, array, allow_pickle=False)  # not through a map: a full disk would kill the process
        except OSError as error:
            self.close()
            raise DataError(
                f"{path.parent}: no room for {array.nbytes / 2**20:,.0f} MiB of data ({error}); "
                "name a larger folder in the environment variable TMPDIR"
            ) from error
        return _Mapped(np.lib.format.open_memmap, path, "r")


class _Mapped:
    """Stands for an array in a file; unpickled, it is that array, read-only."""

    def __init__(self, opened_by: Callable[..., NDArray[Any]], *arguments: Any) -> None:
        self._reduced = opened_by, arguments

    def __reduce__(self) -> tuple[Callable[..., NDArray[Any]], tuple[Any, ...]]:
        return self._reduced


def _in_place(array: NDArray[Any]) -> _Mapped | None:
    """The part of a file that is mapped already, if it is in one piece and unchanged."""
    if not isinstance(array, np.memmap) or not array.flags.c_contiguous or array.mode == "c":
        return None
    whole: Any = array
    while not isinstance(whole.base, mmap.mmap):
        whole = whole.base
        if not isinstance(whole, np.memmap):
            return None
    if whole.filename is None or not Path(whole.filename).is_file():
        return None
    # A slice keeps the offset of the array that it was cut from.
    offset = whole.offset + array.ctypes.data - whole.ctypes.data
    return _Mapped(np.memmap, Path(whole.filename), array.dtype, "r", offset, array.shape)
