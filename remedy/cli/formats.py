"""A table as CSV, JSON, Markdown or text for reading."""

from __future__ import annotations

import csv
import enum
import io
from collections.abc import Sequence

from remedy.cli.rows import Row
from remedy.cli.wording import skill_text, value_text
from remedy.results.trials_file import Cell

RIGHT = frozenset(
    {"rank", "trial", "skill", "train_skill", "epochs", "seconds", "seed", "baseline", "trials"}
)
"""The columns of numbers, which are aligned at their right."""

_SKILLS = frozenset({"skill", "train_skill", "baseline"})


class Format(enum.StrEnum):
    """What `--format` takes."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    MD = "md"


def to_csv(columns: Sequence[str], rows: Sequence[Row]) -> str:
    """The rows as they stand in `trials.csv`."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def to_markdown(columns: Sequence[str], rows: Sequence[Row]) -> str:
    """A GitHub table."""
    rules = ["---:" if column in RIGHT else "---" for column in columns]
    cells = [[cell_text(column, row[column]) for column in columns] for row in rows]
    return "\n".join(f"| {' | '.join(map(_escaped, line))} |" for line in ([*columns], rules, *cells))


def cell_text(column: str, cell: Cell) -> str:
    """A cell with as many digits as a reader can use; an empty one is a dash."""
    if column in _SKILLS and isinstance(cell, int | float):
        return skill_text(cell, 3)
    if column == "seconds" and isinstance(cell, int | float):
        return f"{cell:.1f}"
    return value_text(cell)


def _escaped(text: str) -> str:
    return text.replace("|", r"\|")
