"""What a run says before it trains: what was inferred, and what will not be tried."""

from __future__ import annotations

from rich.console import Console

from remedy.inert import legible
from remedy.preparation import Prepared
from remedy.wording.text import count_text

_MANY = 3
"""Fixes that are ruled out, above which they are counted where there is little room."""


def print_introduction(console: Console, prepared: Prepared, *, brief: bool = False) -> None:
    """Print the experiment, the data in a line, what was inferred, and the fixes that are ruled out.

    Args:
        console: where to.
        prepared: the experiment.
        brief: count many fixes instead of telling the reason for each.
    """
    data = prepared.dataset
    console.print(f"{prepared.experiment.name}: {data_text(prepared)}", style="bold")
    for note in data.notes:
        console.print(legible(note))
    ruled_out = prepared.space.ruled_out
    if brief and len(ruled_out) > _MANY:
        console.print(f"{len(ruled_out)} fixes are not tried; remedy check tells which and why", style="dim")
        return
    for name, reason in ruled_out.items():
        console.print(legible(f"not tried: {name} ({reason})"))


def data_text(prepared: Prepared) -> str:
    """The data in a line."""
    data = prepared.dataset
    shapes = {name: " x ".join(map(str, size)) for name, size in data.input_shapes.items()}
    named = [f"{size} ({legible(name)})" for name, size in shapes.items()]
    shape = " and ".join(named) if len(named) > 1 else shapes.popitem()[1]
    return (
        f"{data.task}, {count_text(data.rows, 'row')}, {len(data.train):,} training, "
        f"{len(data.validation):,} validation and {len(data.test):,} test samples of shape {shape}"
    )
