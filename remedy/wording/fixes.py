"""The order in which fixes are told."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

ROLE_ORDER = ("needed", "helpful", "neutral", "harmful", None)


def by_usefulness(fixes: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The most needed fix first.

    Args:
        fixes: as in the verdict.
    """
    return sorted(fixes, key=_usefulness)


def changes_role(fix: Mapping[str, Any]) -> bool:
    """Whether the fix plays another part in the smallest recipe, where less is left to stand in for it."""
    return fix["in_minimal"] and fix["role_in_minimal"] not in {None, fix["role"]}


def _usefulness(fix: Mapping[str, Any]) -> tuple[int, float]:
    """What to sort by; a drop is missing where trainings without the fix diverge, and then comes first."""
    return ROLE_ORDER.index(fix["role"]), -math.inf if fix["drop"] is None else -fix["drop"]
