"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remedy.errors import StudyError, cannot_write

if TYPE_CHECKING:
    import pandas as pd

UNFINISHED = ".[0-9]*-*"
"""What the temporary files of `write_atomically` are called; a process that is killed leaves one behind."""


def is_left_over(unfinished: Path) -> bool:
    """Whether the process that wrote a file that matches `UNFINISHED` is gone."""
    import psutil

    return not psutil.pid_exists(int(unfinished.name[1:].partition("-")[0]))


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically.

    Raises:
        StudyError: the file cannot be written; what was there before is still there.
    """
    write_atomically(path, lambda unfinished: unfinished.write_text(text, encoding="utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Write indented JSON atomically; numbers must be finite."""
    write_text(path, json.dumps(value, indent=1, allow_nan=False) + "\n")


def write_parquet(path: Path, table: pd.DataFrame) -> None:
    """Write a table as Parquet atomically."""
    write_atomically(path, lambda unfinished: table.to_parquet(unfinished, index=False))


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then put it in its place.

    Raises:
        StudyError: the folder cannot be written to.
    """
    unfinished = path.with_name(f".{os.getpid()}-{path.name}")
    with writing_to(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            write(unfinished)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)


@contextlib.contextmanager
def writing_to(path: Path) -> Iterator[None]:
    """Turn the operating system's errors into one clear line about `path`.

    Raises:
        StudyError: `path` cannot be written.
    """
    try:
        yield
    except (FileExistsError, NotADirectoryError) as error:
        raise StudyError(f"{path}: cannot be written (a file is where a folder should be)") from error
    except OSError as error:
        raise cannot_write(path, error) from error
