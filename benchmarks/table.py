"""Results of benchmarks as CSV files, a dataclass per line, and what is said meanwhile."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from dataclasses import Field, asdict, fields
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Row = TypeVar("Row", bound=_Dataclass)

_CONVERT: dict[str, Callable[[str], Any]] = {"int": int, "float": float, "bool": "True".__eq__}


def read_rows(kind: type[Row], path: Path) -> list[Row]:
    """The lines of a CSV file; none if there is no file."""
    if not path.exists():
        return []
    convert = {field.name: _CONVERT.get(str(field.type), str) for field in fields(kind)}
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            kind(**{key: convert[key](value) for key, value in row.items()}) for row in csv.DictReader(lines)
        ]


def append_row(path: Path, row: _Dataclass) -> None:
    """Add a line to a CSV file, which is made with its header if there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, [field.name for field in fields(row)], lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerow(asdict(row))


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
