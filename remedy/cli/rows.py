"""Which rows and columns of a table are shown, and in which order."""

from __future__ import annotations

from dataclasses import dataclass

from remedy.errors import StudyError
from remedy.results.trials_file import Row

_UNFINISHED = frozenset({"diverged", "failed", "pruned"})
_HIGHER_IS_BETTER = frozenset({"skill", "train_skill", "baseline", "date"})


@dataclass(frozen=True)
class Selection:
    """What the options of `remedy results` ask for.

    Attributes:
        top: the first so many rows only; `None` is all.
        sort_by: a column; `None` leaves the order.
        hide_failed: without diverged, failed and pruned trials.
        only_changed: without columns that are equal in all rows.
    """

    top: int | None = None
    sort_by: str | None = None
    hide_failed: bool = False
    only_changed: bool = False

    def apply(self, columns: list[str], rows: list[Row]) -> tuple[list[str], list[Row]]:
        """The columns and rows to show.

        Raises:
            StudyError: there is no column to sort by of that name.
        """
        if self.hide_failed:
            rows = [row for row in rows if row.get("status") not in _UNFINISHED]
        if self.sort_by is not None:
            _require(self.sort_by, columns)
            rows = _sort(rows, self.sort_by)
        rows = rows[: self.top]
        if self.only_changed and len(rows) > 1:
            columns = [column for column in columns if len({row[column] for row in rows}) > 1]
        return columns, [{column: row[column] for column in columns} for row in rows]


def _sort(rows: list[Row], column: str) -> list[Row]:
    """Numbers before text, empty cells last."""
    sign = -1 if column in _HIGHER_IS_BETTER else 1
    numbers = [row for row in rows if isinstance(row[column], int | float)]
    texts = [row for row in rows if isinstance(row[column], str)]
    empty = [row for row in rows if row[column] is None]
    numbers.sort(key=lambda row: sign * float(row[column] or 0))
    texts.sort(key=lambda row: str(row[column]), reverse=sign < 0)
    return numbers + texts + empty


def _require(column: str, columns: list[str]) -> None:
    if column not in columns:
        from remedy.config.problems import nearest

        near = nearest(column, columns)
        hint = f"; did you mean {near!r}?" if near else "."
        raise StudyError(f"--sort-by: unknown column {column!r}{hint} There are: {', '.join(columns)}")
