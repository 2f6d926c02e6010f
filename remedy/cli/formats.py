"""A table as CSV, JSON, Markdown or text for reading."""

from __future__ import annotations

import csv
import enum
import io
from collections.abc import Sequence

from remedy.inert import spreadsheet_text
from remedy.results.trials_file import Cell, Row, spreadsheet_cell
from remedy.wording.markdown import markdown_table
from remedy.wording.text import seconds_text, skill_text, value_text

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
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(spreadsheet_text, columns))
    writer.writerows([spreadsheet_cell(row[column]) for column in columns] for row in rows)
    return text.getvalue()


def to_markdown(columns: Sequence[str], rows: Sequence[Row]) -> str:
    """A GitHub table."""
    cells = [[cell_text(column, row[column]) for column in columns] for row in rows]
    return markdown_table(columns, cells, RIGHT)


def cell_text(column: str, cell: Cell) -> str:
    """A cell with as many digits as a reader can use; an empty one is a dash."""
    if column in _SKILLS and isinstance(cell, int | float):
        return skill_text(cell, 3)
    if column == "seconds" and isinstance(cell, int | float):
        return seconds_text(cell)
    return value_text(cell)
