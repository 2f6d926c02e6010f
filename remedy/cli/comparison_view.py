"""Verdicts for reading: a column for each study, as many beside each other as there is room for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from remedy.cli.console import make_table
from remedy.cli.trials_view import STATUS_STYLES
from remedy.cli.verdict_view import VERDICT_STYLES
from remedy.inert import legible
from remedy.wording.skills import interval_text
from remedy.wording.text import ABSENT, duration_text, recipe_text, skill_text

_LABEL_WIDTH = 16
_LEAST_WIDTH = 20
"""In which a study can be read."""

_WIDEST = 400
"""Where there is no terminal, lines have no end."""

_Shown = Callable[[Mapping[str, Any]], Text]


def print_comparison(console: Console, rows: Sequence[Mapping[str, Any]], *, same_data: bool) -> None:
    """Print the studies, and what one has to know to compare them.

    Args:
        console: where to.
        rows: as `remedy compare --format json` prints them.
        same_data: nothing says that they were run on different data.
    """
    gap = 3
    space = min(console.width, _WIDEST) - _LABEL_WIDTH
    at_once = max(space // (_LEAST_WIDTH + gap), 1)
    for first in range(0, len(rows), at_once):
        if first:
            console.print()
        group = rows[first : first + at_once]
        console.print(_table(group, max(space // len(group) - gap, 8)))
    if any(row["verdict"] == "unfinished" for row in rows):
        console.print("unfinished: the best trial so far, not trained again with fresh seeds", style="dim")
    if not same_data:
        console.print("the studies were run on different data, which no skill makes comparable", style="dim")


def _table(rows: Sequence[Mapping[str, Any]], width: int) -> Table:
    table = make_table()
    table.add_column("study", no_wrap=True, width=_LABEL_WIDTH)
    for row in rows:
        table.add_column(Text(legible(row["study"]), "bold"), max_width=width, overflow="fold")
    for label, shown in _LINES:
        cells = [shown(row) for row in rows]
        if any(cell.plain not in {"", ABSENT} for cell in cells):
            table.add_row(label, *cells)
    return table


def _styled(key: str, styles: Mapping[str, str]) -> _Shown:
    def shown(row: Mapping[str, Any]) -> Text:
        value = str(row[key] or ABSENT)
        return Text(legible(value.replace("_", " ")), styles.get(value, ""))

    return shown


def _skill(key: str) -> _Shown:
    return lambda row: Text(skill_text(row[key]))


def _recipe(name: str) -> _Shown:
    """A fix in each line; nothing if there is no such recipe."""

    def shown(row: Mapping[str, Any]) -> Text:
        recipe = row[f"{name}_recipe"] or {}
        return Text("\n".join(recipe_text({fix: value}) for fix, value in recipe.items()) or ABSENT)

    return shown


def _interval(name: str) -> _Shown:
    def shown(row: Mapping[str, Any]) -> Text:
        if row[f"{name}_recipe"] is None:
            return Text(ABSENT)
        if row[f"{name}_seeds"] is None:  # of a single trial, there is none
            return Text(skill_text(row[f"{name}_skill"]))
        keys = ("skill", "skill_low", "skill_high")
        return Text(interval_text({key: row[f"{name}_{key}"] for key in keys}))

    return shown


def _seeds(row: Mapping[str, Any]) -> Text:
    known = row["best_seeds"] is not None
    return Text(f"{row['best_learning']} of {row['best_seeds']}" if known else ABSENT)


def _duration(key: str) -> _Shown:
    return lambda row: Text(ABSENT if row[key] is None else duration_text(row[key]))


def _saved(row: Mapping[str, Any]) -> Text:
    saved = row["epochs_saved"]
    return Text(f"{100 * saved:.0f} % of epochs" if saved else ABSENT)


_LINES: Sequence[tuple[str, _Shown]] = (
    ("verdict", _styled("verdict", VERDICT_STYLES)),
    ("baseline", _styled("baseline_status", STATUS_STYLES)),
    ("  skill", _skill("baseline_skill")),
    ("  test skill", _skill("baseline_test_skill")),
    ("best recipe", _recipe("best")),
    ("  skill", _interval("best")),
    ("  seeds learning", _seeds),
    ("  test skill", _skill("best_test_skill")),
    ("smallest recipe", _recipe("minimal")),
    ("  skill", _interval("minimal")),
    ("trials", lambda row: Text(f"{row['trials']:,}")),
    ("training", _duration("seconds")),
    ("first unstuck", _duration("first_unstuck_seconds")),
    ("early stopping", _saved),
)
"""What is said of each study, from top to bottom; lines that say nothing of any are left out."""
