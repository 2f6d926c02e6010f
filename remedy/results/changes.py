"""What differs between two runs of a study."""

from __future__ import annotations

from typing import Any

from remedy.config import Experiment, to_plain

MAY_CHANGE = (
    *("search.trials", "search.timeout", "search.until", "search.workers"),
    *("search.trial_timeout", "search.trial_memory", "confirm", "ablation"),
)
"""Settings that may differ from one run of a study to the next: they decide how much is done, not what.

What a limit has stopped stays stopped.
"""


def changed_settings(before: Experiment, now: Experiment) -> list[str]:
    """The dotted keys that differ, without those that may."""
    old, new = _settled(before), _settled(now)
    return [key for key in dict.fromkeys((*old, *new)) if old.get(key) != new.get(key)]


def _settled(experiment: Experiment) -> dict[str, Any]:
    flat = dict(_flatten("", to_plain(experiment)))
    return {
        key: value
        for key, value in flat.items()
        if not any(key == free or key.startswith(f"{free}.") for free in MAY_CHANGE)
    }


def _flatten(prefix: str, value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, dict) or not value:
        return [(prefix, value)]
    return [
        item
        for key, inner in value.items()
        for item in _flatten(f"{prefix}.{key}" if prefix else str(key), inner)
    ]
