"""One trial for reading: facts, changes against the baseline, curve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.text import Text

from remedy.cli.console import make_table
from remedy.cli.sparkline import sparkline
from remedy.cli.trials_view import STATUS_STYLES
from remedy.inert import legible, legible_lines
from remedy.json_data import json_data
from remedy.plan import Change
from remedy.search import TrialRecord
from remedy.wording.text import ABSENT, count_text, recipe_text, seconds_text, skill_text, value_text

_EPOCHS_SHOWN = 12
_DRAWN = ("loss", "val_loss", "skill", "val_skill", "learning_rate", "gradient_norm")
_LOGARITHMIC = frozenset({"learning_rate", "gradient_norm"})


@dataclass(frozen=True)
class TrialDetails:
    """All that is known about one training.

    Attributes:
        rank: its place in the study's table, if it has one.
        changes: what its recipe changes in the baseline's plan; `None` if that is not known any more.
        why_no_changes: why it is not known.
        curve: a mapping per epoch.
    """

    study: str
    record: TrialRecord
    rank: int | None
    changes: list[Change] | None
    why_no_changes: str
    curve: list[dict[str, Any]]

    def to_plain(self) -> dict[str, Any]:
        """The details as JSON data; figures that are not finite are `None`."""
        record = self.record
        facts = {
            "study": self.study,
            "trial": record.number,
            "rank": self.rank,
            "status": record.status.value,
            "skill": record.skill,
            "train_skill": record.train_skill,
            "seed": record.seed,
            "epochs": record.epochs,
            "seconds": record.seconds,
            "parameters": record.parameters,
            "error": record.error,
            "details": record.details,
            "recipe": record.recipe,
            "changes": None if self.changes is None else [vars(change) for change in self.changes],
            "curve": self.curve,
        }
        plain: dict[str, Any] = json_data(facts)
        return plain


def print_trial(console: Console, details: TrialDetails) -> None:
    """Print the details of a trial of the search."""
    _print_facts(console, details, f"trial {details.record.number} of {details.study}")
    _print_changes(console, details)
    _print_drawings(console, details.curve)
    _print_curve(console, details.curve)


def print_baseline(console: Console, shown: Sequence[TrialDetails]) -> None:
    """Print the trainings of the baseline, one below the other."""
    for position, details in enumerate(shown, start=1):
        if position > 1:
            console.print()
        _print_facts(console, details, f"baseline of {details.study}, training {position} of {len(shown)}")
        _print_drawings(console, details.curve)


def _print_facts(console: Console, details: TrialDetails, title: str) -> None:
    record = details.record
    status = record.status.value
    rank = f", rank {details.rank}" if details.rank else ""
    console.print(Text.assemble((legible(title), "bold"), rank, ": ", (status, STATUS_STYLES[status])))
    console.print(
        f"validation skill {skill_text(record.skill, 3)}, training skill {skill_text(record.train_skill, 3)}"
    )
    console.print(
        f"seed {record.seed}, {count_text(record.epochs, 'epoch')}, {seconds_text(record.seconds)} s, "
        f"{record.parameters:,} trainable weights"
    )
    if record.error:
        console.print(legible(record.error), style="red")
        console.print(legible_lines(record.details or ""), style="dim")


def _print_changes(console: Console, details: TrialDetails) -> None:
    console.print(f"recipe: {recipe_text(details.record.recipe) or 'the baseline as it is'}")
    if details.changes is None:
        console.print(f"what it changes is not known any more: {legible(details.why_no_changes)}")
        return
    if not details.changes:
        return
    table = make_table()
    table.add_column("changed", no_wrap=True)
    table.add_column("baseline", style="red", overflow="fold")
    table.add_column("trial", style="green", overflow="fold")
    for change in details.changes:
        table.add_row(legible(change.path), value_text(change.before), value_text(change.after))
    console.print(table)


def _print_drawings(console: Console, curve: Sequence[dict[str, Any]]) -> None:
    if not curve:
        return
    ascii_only = console.options.ascii_only
    table = make_table(header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(no_wrap=True)
    width = max(10, min(60, console.width - 36))
    for name in _DRAWN:
        values = [float(row[name]) for row in curve]
        drawing = sparkline(values, width=width, log=name in _LOGARITHMIC, ascii_only=ascii_only)
        table.add_row(name, value_text(values[0]), drawing, value_text(values[-1]))
    console.print(table)


def _print_curve(console: Console, curve: Sequence[dict[str, Any]]) -> None:
    if not curve:
        return
    table = make_table()
    for name in curve[0]:
        table.add_column(name, justify="right", no_wrap=True)
    for row in _selected(curve):
        table.add_row(*(_figure(value) for value in row.values()))
    console.print(table)
    if len(curve) > _EPOCHS_SHOWN:
        console.print(f"{_EPOCHS_SHOWN} of {len(curve)} epochs; --json has all", style="dim")


def _selected(curve: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first and the last epoch, and others evenly spread between them."""
    if len(curve) <= _EPOCHS_SHOWN:
        return list(curve)
    last = len(curve) - 1
    return [curve[round(step * last / (_EPOCHS_SHOWN - 1))] for step in range(_EPOCHS_SHOWN)]


def _figure(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}" if math.isfinite(value) else ABSENT
    return str(value)
