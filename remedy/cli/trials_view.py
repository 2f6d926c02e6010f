"""The table of trials for reading: as wide as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from remedy.cli.console import make_table
from remedy.cli.formats import RIGHT, cell_text
from remedy.inert import legible
from remedy.results.trials_file import FIXED_COLUMNS, Cell, Row, recipe_of
from remedy.wording.text import recipe_text

_RECIPE = "recipe"
_ROOM_FOR_RECIPE = 40
_NARROW = (
    ("train_skill", "seed"),
    ("train_skill", "seed", "epochs", "seconds"),
    ("train_skill", "seed", "epochs", "seconds", "rank"),
)
"""What is left out, step by step, if the terminal is too narrow."""

STATUS_STYLES = {
    "learning": "green",
    "overfit": "yellow",
    "slow": "yellow",
    "plateaued": "yellow",
    "oscillating": "yellow",
    "flat": "red",
    "diverged": "bold red",
    "failed": "bold red",
    "pruned": "dim",
}


def print_trials(
    console: Console, columns: Sequence[str], rows: Sequence[Row], *, width: int | None = None
) -> None:
    """Print the table: a column per fix if they all fit, else one column that holds the recipe.

    Args:
        console: where to.
        columns: of the table.
        rows: of the table.
        width: to fit; without it, that of the console.
    """
    width = width or console.width
    table = _table(columns, rows)
    hidden: list[str] = []
    fixes = [column for column in columns if column not in FIXED_COLUMNS]
    if fixes and _width(console, table) > width:
        for leave_out in ((), *_NARROW):
            hidden = [column for column in columns if column in leave_out]
            kept = [column for column in columns if column not in fixes and column not in hidden]
            if _width(console, _table(kept, rows)) + _ROOM_FOR_RECIPE <= width:
                break
        table = _table([*kept, _RECIPE], [row | {_RECIPE: recipe_text(recipe_of(row))} for row in rows])
    console.print(table, width=width)
    if hidden:
        console.print(f"not shown for want of room: {', '.join(hidden)} (in --format csv)", style="dim")


def print_studies(console: Console, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Print a line per study; what there is no room for is left out."""
    for leave_out in ((), ("date",), ("date", "baseline")):
        table = _table([column for column in columns if column not in leave_out], rows)
        if _width(console, table) <= console.width:
            break
    console.print(table, width=console.width)
    if leave_out:
        console.print(f"not shown for want of room: {', '.join(leave_out)} (in --format csv)", style="dim")


def status_cell(status: Cell) -> Text:
    """The status in its colour."""
    return Text(legible(str(status)), STATUS_STYLES.get(str(status), ""))


def _table(columns: Sequence[str], rows: Sequence[Row]) -> Table:
    table = make_table()
    for column in columns:
        head = legible(column)
        if column == _RECIPE:
            table.add_column(head, overflow="fold")
        else:
            # Rich would measure every cell, and again for every table that is tried.
            width = max(map(cell_len, (head, *(cell_text(column, row[column]) for row in rows))))
            justify: Literal["left", "right"] = "right" if column in RIGHT else "left"
            table.add_column(head, justify=justify, no_wrap=True, width=width)
    for row in rows:
        table.add_row(
            *(
                status_cell(row[column]) if column == "status" else Text(cell_text(column, row[column]))
                for column in columns
            )
        )
    return table


def _width(console: Console, table: Table) -> int:
    unlimited = console.options.update(max_width=100_000)
    return console.measure(table, options=unlimited).maximum
