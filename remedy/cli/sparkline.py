"""A curve as one line of text."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

_BLOCKS = "▁▂▃▄▅▆▇█"
_ASCII = "_.-=+*#@"
_GAP = " "


def sparkline(
    values: Sequence[float],
    *,
    width: int = 60,
    log: bool = False,
    bounds: tuple[float, float] | None = None,
    ascii_only: bool = False,
) -> str:
    """Draw values from left to right; what is not finite is a gap.

    Args:
        values: one per epoch.
        width: at most so many characters; neighbouring values are averaged to fit.
        log: draw logarithms, if all values are positive.
        bounds: what the lowest and the highest mark stand for; without, the least and the greatest value.
        ascii_only: for terminals that cannot show block characters.

    >>> sparkline([0.0, 1.0, 2.0, 7.0])
    '▁▂▃█'
    """
    if log and all(value > 0 for value in values if math.isfinite(value)):
        values = [math.log(value) if math.isfinite(value) else value for value in values]
    heights = _averaged(values, width)
    finite = [height for height in heights if math.isfinite(height)]
    if not finite:
        return _GAP * len(heights)
    low, high = bounds or (min(finite), max(finite))
    levels = _ASCII if ascii_only else _BLOCKS
    scale = (len(levels) - 1) / (high - low) if high > low else 0.0
    return "".join(
        levels[round((height - low) * scale)] if math.isfinite(height) else _GAP for height in heights
    )


def _averaged(values: Sequence[float], width: int) -> list[float]:
    count = min(len(values), width)
    bounds = [round(index * len(values) / count) for index in range(count + 1)] if count else [0]
    return [sum(values[start:end]) / (end - start) for start, end in itertools.pairwise(bounds)]
