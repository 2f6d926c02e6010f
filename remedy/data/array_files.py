"""Reads `.npz` and `.npy` files. Nothing in them is ever unpickled, so opening a stranger's file is safe."""

from __future__ import annotations

import contextlib
import difflib
import functools
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from remedy.data.wording import quoted
from remedy.errors import DataError, RemedyError
from remedy.inert import legible

_ZIP = b"PK"
_PICKLED = "holds pickled Python objects, which are never loaded since that could run code; save plain arrays"


def read_npy(path: Path) -> NDArray[Any]:
    """Open the array of a `.npy` file, memory-mapped.

    Raises:
        DataError: the file is missing, damaged or holds Python objects.
    """
    with _opened(path) as file:
        if file.read(len(_ZIP)) == _ZIP:
            raise DataError(f"{path} holds several arrays; rename it to {path.stem}.npz")
    array: NDArray[Any] = _guarded(path, lambda: np.lib.format.open_memmap(path, "r"))
    return array


def npz_names(path: Path) -> list[str]:
    """The names of the arrays in a `.npz` file.

    Raises:
        DataError: the file is missing or damaged.
    """
    with _opened_npz(path) as archive:
        return list(archive.files)


def read_npz(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Read some arrays of a `.npz` file.

    Raises:
        DataError: the file is missing or damaged, or one of the arrays consists of Python objects.
    """
    arrays = {}
    with _opened_npz(path) as archive:
        for name in names:
            member = f"array {quoted(name)} of "
            array = _guarded(path, functools.partial(archive.__getitem__, name), member)
            if not isinstance(array, np.ndarray):
                raise DataError(f"{member}{path} is damaged or no NumPy array; save it again")
            arrays[name] = array
    return arrays


@contextlib.contextmanager
def _opened_npz(path: Path) -> Iterator[Any]:
    with _opened(path) as file:
        archive = _guarded(path, lambda: np.load(file, allow_pickle=False))
        if isinstance(archive, np.ndarray):
            raise DataError(
                f"{path} holds one array; rename it to {path.stem}.npy, or save X and y with np.savez"
            )
        with archive:
            yield archive


def _opened(path: Path) -> BinaryIO:
    file: BinaryIO = _guarded(path, functools.partial(_open, path))
    return file


def _open(path: Path) -> BinaryIO:
    if path.is_dir():
        raise DataError(f"{path} is a directory; name a file in data.source")
    if not path.exists():
        siblings = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
        nearest = difflib.get_close_matches(path.name, siblings, n=1)
        hint = f"did you mean {nearest[0]}?" if nearest else "check the path"
        raise DataError(f"{path} does not exist; {hint}")
    if not path.stat().st_size:
        raise DataError(f"{path} is empty; save the arrays again")
    return path.open("rb")


def _guarded(path: Path, read: Callable[[], Any], what: str = "") -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # headers that Python 2 has written
            return read()
    except RemedyError:
        raise
    except OSError as error:
        raise DataError(f"{what}{path} cannot be read: {error.strerror or error}") from error
    except (MemoryError, OverflowError) as error:
        raise DataError(f"{what}{path} does not fit into memory ({_first_line(error)})") from error
    except Exception as error:
        # NumPy and the decompressors raise whatever they stumble over in a damaged file: a header that is
        # no Python or nested too deeply, a number that is none, an encrypted member.
        text = str(error).lower()
        if "pickle" in text or "python objects" in text:
            raise DataError(f"{what}{path} {_PICKLED}") from error
        raise DataError(
            f"{what}{path} is damaged or no NumPy file ({_first_line(error)}); save it again"
        ) from error


def _first_line(error: BaseException) -> str:
    return legible(next(iter(str(error).splitlines()), type(error).__name__)[:200])
