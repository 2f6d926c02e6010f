"""Reading a table of whatever format."""

from __future__ import annotations

import difflib
from pathlib import Path

from remedy.data.delimited import read_delimited
from remedy.data.dialect import USUAL_DELIMITERS
from remedy.data.parquet import read_parquet
from remedy.data.table import Table
from remedy.errors import DataError

_PARQUET = ".parquet"


def read_table(path: Path) -> Table:
    """Read a `.csv`, `.tsv`, `.txt` or `.parquet` file.

    Args:
        path: the file; its ending says which format it has.

    Raises:
        DataError: the file is missing, unreadable or not a table; one line that says where and what to do.
    """
    content = _read_bytes(path)
    return read_parquet(path, content) if path.suffix.lower() == _PARQUET else read_delimited(path, content)


def _read_bytes(path: Path) -> bytes:
    endings = [*USUAL_DELIMITERS, _PARQUET]
    try:
        if path.is_dir():
            raise DataError(f"{path} is a directory; name a file in data.source")
        if path.suffix.lower() not in endings:
            raise DataError(
                f"{path}: unsupported file ending '{path.suffix}'; this version reads {', '.join(endings)}, "
                ".npz, .npy and functions (file.py:function)"
            )
        if not path.exists():
            siblings = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
            nearest = difflib.get_close_matches(path.name, siblings, n=1)
            hint = f"did you mean {nearest[0]}?" if nearest else "correct the path to the data (data.source)"
            raise DataError(f"{path} does not exist; {hint}")
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
