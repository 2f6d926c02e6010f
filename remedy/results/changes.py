"""What differs between two runs of a study."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from remedy.config import Experiment, to_plain

MAY_CHANGE = (
    *("search.trials", "search.timeout", "search.until", "search.workers"),
    *("search.trial_timeout", "search.trial_memory", "confirm", "ablation", "tracking"),
)
"""Settings that may differ from one run of a study to the next: they decide how much is done and where
it is told, not what is done.

What a limit has stopped stays stopped.
"""


_MAY_BE_EXTENDED = ("fixes", "search.sampler", "search.pruner", "diagnosis")
"""Settings that decide which recipes are tried, but not what a trial of one means."""


def can_be_extended(changed: Iterable[str]) -> bool:
    """Whether trials from before the change are comparable with those after it.

    Args:
        changed: dotted keys.
    """
    return all(_is_within(key, _MAY_BE_EXTENDED) for key in changed)


def changed_settings(before: Experiment, now: Experiment) -> list[str]:
    """The dotted keys that differ, without those that may."""
    old, new = _settled(before), _settled(now)
    return [key for key in dict.fromkeys((*old, *new)) if old.get(key) != new.get(key)]


def _settled(experiment: Experiment) -> dict[str, Any]:
    flat = dict(_flatten("", to_plain(experiment)))
    return {key: value for key, value in flat.items() if not _is_within(key, MAY_CHANGE)}


def _is_within(key: str, sections: Iterable[str]) -> bool:
    return any(key == section or key.startswith(f"{section}.") for section in sections)


def _flatten(prefix: str, value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, dict) or not value:
        return [(prefix, value)]
    return [
        item
        for key, inner in value.items()
        for item in _flatten(f"{prefix}.{key}" if prefix else str(key), inner)
    ]
