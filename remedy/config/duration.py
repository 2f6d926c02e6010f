"""Durations as people write them: `90s`, `30m`, `1h30m`, or a number of seconds."""

from __future__ import annotations

import re
from typing import Any

from remedy.config.problems import shown

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_PATTERN = re.compile(r"(?:\d+(?:\.\d+)?\s*[smhd]\s*)+")


def parse_duration(value: Any) -> float:
    """Seconds of a duration.

    Raises:
        ValueError: neither a number nor text that is a duration.

    >>> parse_duration("1h30m"), parse_duration(45)
    (5400.0, 45.0)
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, str) or not _PATTERN.fullmatch(value.strip()):
        raise ValueError(f"expected a duration such as 90s, 30m or 1h30m, got {shown(value)}")
    return sum(
        float(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+(?:\.\d+)?)\s*([smhd])", value)
    )
