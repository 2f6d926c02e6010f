"""Takes samples out of arrays, by way of the disk where they are too many for the memory.

Copies are `.npy` files in a folder of their own under the system's temporary folder (`TMPDIR` moves it),
which is removed when the process ends.
"""

from __future__ import annotations

import functools
import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.data.chunks import CHUNK_BYTES, sample_slices
from remedy.errors import DataError, os_reason


def take_samples(
    array: NDArray[Any], chosen: NDArray[np.int64], *, memory_bytes: int = CHUNK_BYTES
) -> NDArray[Any]:
    """Some samples of an array.

    Args:
        array: in memory, or memory-mapped from a file.
        chosen: which samples, `(samples,)`, rising; or which rows of each window, `(samples, length)`.
        memory_bytes: how many bytes may be copied from a memory-mapped file to memory. Neighbouring samples
            stay where they are; other choices that are larger are copied to a file once, and memory-mapped.

    Returns:
        `(*chosen.shape, ...)`, memory-mapped if `array` is and the choice is that large.

    Raises:
        DataError: there is no room for the copy.
    """
    if chosen.ndim == 1 and len(chosen) and chosen[-1] - chosen[0] + 1 == len(chosen):
        return array[chosen[0] : chosen[-1] + 1]
    shape = (*chosen.shape, *array.shape[1:])
    if not isinstance(array, np.memmap) or math.prod(shape) * array.itemsize <= memory_bytes:
        return np.asarray(array[chosen])
    try:
        path = _folder() / f"{len(list(_folder().iterdir()))}.npy"
        _write(path, array, chosen, memory_bytes)
    except OSError as error:
        raise no_room(math.prod(shape) * array.itemsize, error) from error
    return np.lib.format.open_memmap(path, "r")


def no_room(size: int, error: OSError) -> DataError:
    """One line on so many bytes of data that do not fit into the folder for temporary files."""
    return DataError(
        f"{tempfile.tempdir or 'TMPDIR'}: no room for {size / 2**20:,.0f} MiB of data ({os_reason(error)}); "
        "name a larger folder in the environment variable TMPDIR"
    )


def _write(path: Path, array: NDArray[Any], chosen: NDArray[np.int64], memory_bytes: int) -> None:
    """Write samples as a `.npy` file, not through a map: a full disk would kill the process."""
    shape = (*chosen.shape, *array.shape[1:])
    # Of the same shape, and without memory of its own.
    sketch = np.broadcast_to(np.zeros((), array.dtype), shape)
    header = {"descr": np.lib.format.dtype_to_descr(array.dtype), "fortran_order": False, "shape": shape}
    with path.open("wb") as file:
        np.lib.format.write_array_header_2_0(file, header)
        for part in sample_slices(sketch, memory_bytes):
            file.write(np.ascontiguousarray(array[chosen[part]]).data)


@functools.cache
def _temporary_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="remedy-")


def _folder() -> Path:
    return Path(_temporary_folder().name)
