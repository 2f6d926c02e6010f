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
from remedy.data.disk_copies import no_room
from remedy.errors import DataError, os_reason

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
        self._in_place: dict[Path, tuple[int, int]] = {}
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

    def check(self) -> None:
        """See to it that the user's files that are mapped are still what they were.

        Raises:
            DataError: one is gone or has changed.
        """
        for path, version in self._in_place.items():
            try:
                is_same = _version(path) == version
            except OSError as error:
                raise DataError(
                    f"{path}: cannot be read any more ({os_reason(error)}); put it back, then the same "
                    "command goes on"
                ) from error
            if not is_same:
                raise DataError(
                    f"{path}: has changed while trainings were reading it; put back what was there, then the "
                    "same command goes on"
                )

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
            path = _mapped_file(value)
            self._stored[id(value)] = self._written(value) if path is None else _in_place(value, path)
            if path is not None:
                self._in_place[path] = _version(path)
        return self._stored[id(value)]

    def _written(self, array: NDArray[Any]) -> _Mapped:
        try:
            self._folder = self._folder or tempfile.TemporaryDirectory(prefix="remedy-data-")
            path = Path(self._folder.name) / f"{len(self._stored)}.npy"
            np.save(path, array, allow_pickle=False)  # not through a map: a full disk would kill the process
        except OSError as error:
            self.close()
            raise no_room(array.nbytes, error) from error
        return _Mapped(np.lib.format.open_memmap, path, "r")


class _Mapped:
    """Stands for an array in a file; unpickled, it is that array, read-only."""

    def __init__(self, opened_by: Callable[..., NDArray[Any]], *arguments: Any) -> None:
        self._reduced = opened_by, arguments

    def __reduce__(self) -> tuple[Callable[..., NDArray[Any]], tuple[Any, ...]]:
        return self._reduced


def _version(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _mapped_file(array: NDArray[Any]) -> Path | None:
    """The file that an array is mapped from, if it is in one piece and unchanged."""
    if not isinstance(array, np.memmap) or not array.flags.c_contiguous or array.mode == "c":
        return None
    whole = _whole(array)
    if whole is None or whole.filename is None or not Path(whole.filename).is_file():
        return None
    return Path(whole.filename)


def _in_place(array: NDArray[Any], path: Path) -> _Mapped:
    # A slice keeps the offset of the array that it was cut from.
    whole = _whole(array)
    offset = whole.offset + array.ctypes.data - whole.ctypes.data
    return _Mapped(np.memmap, path, array.dtype, "r", offset, array.shape)


def _whole(array: Any) -> Any:
    """The array that was mapped, and of which another is a part; `None` if there is none."""
    while not isinstance(array.base, mmap.mmap):
        array = array.base
        if not isinstance(array, np.memmap):
            return None
    return array
