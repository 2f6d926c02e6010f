"""The table of the best recipe's fixes: what the ablation says of each, and what the search saw of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from remedy.cli.console import make_table
from remedy.inert import legible
from remedy.wording.fixes import by_usefulness, changes_role
from remedy.wording.text import ABSENT, skill_text, value_text

_ROLES = {"needed": "bold green", "helpful": "green", "neutral": "dim", "harmful": "bold red"}
_LEFT = frozenset({"fix", "value", "role"})
_ASSOCIATION = ("learned with", "learned without")
_COLUMNS = ("fix", "value", "alone", "without", "drop", "interval", "role", *_ASSOCIATION)
_MARK = "*"
_ROOM_FOR_VALUE = 12
_NARROW = (
    (),
    ("interval",),
    ("interval", *_ASSOCIATION),
    ("interval", *_ASSOCIATION, "alone"),
    ("interval", *_ASSOCIATION, "alone", "without"),
)
"""What is left out, step by step, if the terminal is too narrow."""


def print_fixes(console: Console, verdict: Mapping[str, Any]) -> None:
    """Print the table, the most needed fix first, as wide as there is room for.

    Args:
        console: where to.
        verdict: as in `verdict.json`.
    """
    effects = {effect["fix"]: effect for effect in verdict["effects"]}
    ordered = by_usefulness(verdict["fixes"])
    cells = [_cells(row, effects.get(row["fix"])) for row in ordered]
    columns = [column for column in _COLUMNS if any(str(line[column]) for line in cells)]
    for hidden in _NARROW:
        kept = [column for column in columns if column not in hidden]
        table = _table(kept, cells)
        if _narrowest(console, table) + _ROOM_FOR_VALUE - len("value") <= console.width:
            break
    console.print(table)
    if any(row["in_minimal"] for row in ordered):
        other = ", in brackets its role there" if any(changes_role(row) for row in ordered) else ""
        console.print(f"{_MARK} part of the smallest recipe that does it{other}", style="dim")
    if any(row["role"] and row["drop"] is None for row in ordered):
        console.print("drop -: trainings diverge and have no skill to compare", style="dim")
    if any(
        row["role"] == "needed" and row["drop_low"] is not None and row["drop_low"] <= 0 for row in ordered
    ):
        console.print(
            "needed: most seeds are stuck without it, whatever the mean of the drops is", style="dim"
        )
    if set(kept) & set(_ASSOCIATION):
        console.print(
            "learned: trials of the search with the fix and without; association, not cause", style="dim"
        )
    if missing := [column for column in columns if column not in kept]:
        console.print(f"not shown for want of room: {', '.join(missing)}", style="dim")


def has_proof(verdict: Mapping[str, Any]) -> bool:
    """Whether the ablation says anything of the best recipe's fixes."""
    figures = ("alone", "without", "role")
    return any(row[figure] is not None for row in verdict["fixes"] for figure in figures)


def _cells(row: Mapping[str, Any], effect: Mapping[str, Any] | None) -> dict[str, str | Text]:
    drop, low, high = row["drop"], row["drop_low"], row["drop_high"]
    role = row["role"] or ABSENT
    there = row["role_in_minimal"] if changes_role(row) else ""
    mark = f" {_MARK}{f' ({there})' if there else ''}" if row["in_minimal"] else ""
    cells: dict[str, str | Text] = {
        "fix": legible(row["fix"]),
        "value": value_text(row["value"]),
        "alone": skill_text(row["alone"]),
        "without": skill_text(row["without"]),
        "drop": skill_text(drop),
        "interval": ABSENT if low is None or high is None else f"{skill_text(low)} to {skill_text(high)}",
        "role": Text(role + mark, _ROLES.get(there or role, "")),
        **dict.fromkeys(_ASSOCIATION, ""),
    }
    if effect is not None:
        for column, side in zip(_ASSOCIATION, ("with", "without"), strict=True):
            cells[column] = f"{effect[f'learned_{side}']}/{effect[f'trials_{side}']}"
    return cells


def _table(columns: Sequence[str], cells: Sequence[Mapping[str, str | Text]]) -> Table:
    table = make_table()
    for column in columns:
        table.add_column(
            column.replace(" ", "\n"),
            justify="left" if column in _LEFT else "right",
            no_wrap=column != "value",
            overflow="fold",
        )
    for line in cells:
        table.add_row(*(line[column] for column in columns))
    return table


def _narrowest(console: Console, table: Table) -> int:
    """The width of the table with the values broken wherever that is possible."""
    unlimited = console.options.update(max_width=100_000)
    return console.measure(table, options=unlimited).minimum
