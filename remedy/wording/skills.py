"""The skills of a verdict in words, with their intervals; the baseline's status; the simple models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from remedy.wording.text import skill_text

_PROBES = {
    "gradient_boosting": "gradient boosting",
    "logistic": "logistic regression",
    "nearest_neighbours": "nearest neighbours",
    "ridge": "ridge regression",
}


def interval_text(result: Mapping[str, Any], separator: str = " (", *, digits: int = 2) -> str:
    """A skill with its interval.

    Args:
        result: holds `skill`, `skill_low` and `skill_high`; all `None` if a training diverged, the last two
            if there was one training only.
        separator: what stands between them; with a parenthesis, one is closed, too.
        digits: behind the point.
    """
    closing = ")" if separator.endswith("(") else ""
    return f"{skill_text(result['skill'], digits)}{separator}{bounds_text(result, digits=digits)}{closing}"


def bounds_text(result: Mapping[str, Any], *, digits: int = 2) -> str:
    """The interval of a skill, or why there is none.

    Args:
        result: as for `interval_text`.
        digits: behind the point.
    """
    low, high = result["skill_low"], result["skill_high"]
    if low is None or high is None:
        return "at least one seed diverged" if result["skill"] is None else "one seed only"
    return f"{skill_text(low, digits)} to {skill_text(high, digits)}"


def status_text(baseline: Mapping[str, Any]) -> str:
    """The status of the baseline, and with how many seeds it learns if that is not all the same.

    Args:
        baseline: of the verdict.

    >>> status_text({"status": "learning", "seeds": 3, "learning": 2}), status_text({"status": "flat"})
    ('learning with 2 of 3 seeds', 'flat')
    """
    learning, seeds = baseline.get("learning"), baseline.get("seeds")
    if baseline["status"] == "learning" and learning != seeds:
        return f"learning with {learning} of {seeds} seeds"
    return str(baseline["status"])


def probe_text(probe: Mapping[str, Any]) -> str:
    """The simple model that learned most, by its name.

    Args:
        probe: `learnability` of the verdict.
    """
    return _PROBES.get(probe["probe"], str(probe["probe"]))
