"""A verdict as Jupyter shows it: what came out, how sure it is, and what each fix does."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from remedy.html_pieces import paragraph, table
from remedy.results.trials_file import Row, recipe_of

_SHOWN = 5


def verdict_html(verdict: Mapping[str, Any]) -> str:
    """The verdict with a row each for baseline, best and smallest recipe, and one for each fix.

    Args:
        verdict: as in `verdict.json`.
    """
    cost = verdict["cost"]
    trials = f"{cost['trials']} trial{'' if cost['trials'] == 1 else 's'}"
    parts = [
        paragraph(
            verdict["verdict"].replace("_", " "), f"after {trials}, {cost['seconds']:.0f} s of training"
        ),
        table(["", "recipe", "skill", "95 % interval", "on test rows"], _results(verdict)),
    ]
    if verdict["fixes"]:
        columns = ["fix", "value", "role", "alone", "without", "drop", "95 % interval"]
        parts.append(table(columns, map(_fix, verdict["fixes"])))
    return "".join(parts)


def trials_html(rows: Sequence[Row]) -> str:
    """The first trials of a ranking with their recipes."""
    columns = ["rank", "trial", "status", "skill", "epochs", "seconds"]
    cells = [
        [*(_cell(row[name]) for name in columns[:-1]), _seconds(row["seconds"]), _recipe(recipe_of(row))]
        for row in rows[:_SHOWN]
    ]
    return table([*columns, "recipe"], cells)


def _results(verdict: Mapping[str, Any]) -> Iterator[list[str]]:
    before = verdict["baseline"]
    yield [
        "baseline",
        f"as it is: {before['status']}",
        _number(before["skill"]),
        "",
        _number(before["test_skill"]),
    ]
    for whose, key in (("best", "best"), ("smallest", "minimal")):
        if (result := verdict[key]) is not None:
            test = result.get("test_skill")
            yield [
                whose,
                _recipe(result["recipe"]),
                _number(result["skill"]),
                _interval(result, "skill"),
                _number(test),
            ]


def _fix(fix: Mapping[str, Any]) -> list[str]:
    drop = [_number(fix[key]) for key in ("alone", "without", "drop")]
    return [fix["fix"], _cell(fix["value"]), fix["role"] or "", *drop, _interval(fix, "drop")]


def _interval(result: Mapping[str, Any], name: str) -> str:
    low, high = result[f"{name}_low"], result[f"{name}_high"]
    return "" if low is None or high is None else f"{low:z.2f} to {high:z.2f}"


def _number(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else f"{value:z.2f}"


def _seconds(seconds: Any) -> str:
    return "" if seconds is None else f"{seconds:.1f}"


def _recipe(recipe: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {_cell(value)}" for name, value in recipe.items())


def _cell(value: Any) -> str:
    """A value of a fix, or a figure; what is off or not finite is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, Mapping):
        return f"({_recipe(value)})"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
