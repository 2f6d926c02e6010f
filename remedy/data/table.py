"""A table whose every complaint names the file, the column and the line or row."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from remedy.data.wording import listed, quoted
from remedy.errors import DataError

_LISTED_COLUMNS = 20


@dataclass(frozen=True)
class Table:
    """A source file's rows and columns, as pandas types them.

    Attributes:
        name: the file's name, for messages.
        frame: one row per data row of the file, in file order.
        fingerprint: SHA-256 of the file's bytes.
        line_of: the line of the file on which a data row (the first is 0) starts; `None` if the file has no
            lines.
        notes: what was inferred of the file's format.
    """

    name: str
    frame: pd.DataFrame
    fingerprint: str
    line_of: Callable[[int], int] | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def unit(self) -> str:
        """What a message calls a data row."""
        return "row" if self.line_of is None else "line"

    def place(self, row: int) -> str:
        """How a message names a data row: by line (the header is line 1), else by number (the first is 0)."""
        return f"{self.unit} {row if self.line_of is None else self.line_of(row)}"

    def named(self, column: str) -> str:
        """How a message names a column."""
        return f"column {quoted(column)} of {self.name}"

    def cell(self, column: str, row: int) -> str:
        """How a message shows a cell."""
        return f"{self.place(row)} holds {quoted(self.frame[column].iloc[row])}"

    def require(self, columns: Sequence[str], key: str) -> None:
        """Check that columns exist.

        Args:
            columns: the names.
            key: the key of the experiment file that names them.

        Raises:
            DataError: one does not; the message offers the nearest name and lists the columns.
        """
        existing = [str(column) for column in self.frame.columns]
        for column in columns:
            if column not in existing:
                raise DataError(
                    f"{key}: {self.name} has no column {quoted(column)}{_instead(column, existing)}"
                )


def _instead(column: str, existing: Sequence[str]) -> str:
    nearest = difflib.get_close_matches(column, existing, n=1, cutoff=0.5)
    hint = f"; did you mean {quoted(nearest[0])}?" if nearest else ";"
    return f"{hint} columns: {listed(map(quoted, existing), _LISTED_COLUMNS)}"
