"""Numbers, durations and recipes as text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from remedy.inert import legible

ABSENT = "-"


RANKING = "ranked by skill on validation rows; within 0.01 of each other, fewer fixes come first"
"""How trials are ranked, as `remedy.search.rank` does it."""


def skill_text(skill: float | None, digits: int = 2) -> str:
    """A skill for reading.

    >>> skill_text(0.7312), skill_text(-0.001), skill_text(-12345.6), skill_text(None)
    ('0.73', '0.00', '-1.2e+04', '-')
    """
    if skill is None or not math.isfinite(skill):
        return ABSENT
    return f"{skill:.2g}" if abs(skill) >= 1000 else f"{skill:z.{digits}f}"


def value_text(value: Any) -> str:
    """A value of a fix or a setting.

    >>> value_text(0.00123456), value_text(True), value_text(None), value_text({"factor": 0.1, "patience": 5})
    ('0.00123', 'on', '-', 'factor 0.1, patience 5')
    """
    if value is None:
        return ABSENT
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:.3g}" if math.isfinite(value) else ABSENT
    if isinstance(value, Mapping):
        return ", ".join(f"{legible(key)} {value_text(inner)}" for key, inner in value.items())
    return legible(str(value))


def flatten(recipe: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The recipe's values under dotted names."""
    for name, value in recipe.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{name}.")
        elif value is not None:
            yield f"{prefix}{name}", value


def recipe_text(recipe: Mapping[str, Any]) -> str:
    """A recipe in one line.

    >>> recipe_text({"scaling": "minmax", "reduce_lr_on_plateau": {"factor": 0.1, "patience": 5}})
    'scaling=minmax reduce_lr_on_plateau(factor=0.1 patience=5)'
    """
    parts = []
    for name, value in recipe.items():
        name = legible(name)
        if isinstance(value, Mapping):
            parts.append(f"{name}({recipe_text(value)})")
        elif value is True:
            parts.append(name)
        elif value is not None:
            parts.append(f"{name}={value_text(value)}")
    return " ".join(parts)


def recipe_lines(recipe: Mapping[str, Any]) -> list[str]:
    """A recipe with a line for each fix."""
    width = max(map(len, recipe), default=0)
    return [f"  {name:<{width}}  {value_text(value)}" for name, value in recipe.items()]


def seconds_text(seconds: float | None) -> str:
    """Seconds as a figure in a table.

    >>> seconds_text(1234.56), seconds_text(float("nan"))
    ('1234.6', '-')
    """
    return f"{seconds:.1f}" if seconds is not None and math.isfinite(seconds) else ABSENT


def duration_text(seconds: float) -> str:
    """A duration with the two units that matter.

    >>> duration_text(4.2), duration_text(75), duration_text(3700), duration_text(200_000)
    ('4 s', '1 min 15 s', '1 h 1 min', '2 d 7 h')
    """
    whole = round(seconds)
    for name, unit, smaller, part in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= unit:
            return f"{whole // unit} {name} {whole % unit // part} {smaller}"
    return f"{whole} s"


def count_text(count: int, noun: str) -> str:
    """A number with its noun.

    >>> count_text(1, "trial"), count_text(12345, "step")
    ('1 trial', '12,345 steps')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
