"""The time that a run may take, all its phases together."""

from __future__ import annotations

import time
from collections.abc import Callable

_MOST_RESERVED = 0.5
"""However much is to follow the search, it gets this share of the time."""


class TimeBudget:
    """Counts from the moment it is made.

    Args:
        seconds: `None` is no limit.
        clock: seconds since whenever.
    """

    def __init__(self, seconds: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._start = clock()

    def is_over(self, reserve: float = 0.0) -> bool:
        """Whether no training may be started any more.

        Args:
            reserve: seconds to be left over for what follows, at most half of all.
        """
        if self._seconds is None:
            return False
        return self._clock() - self._start >= self._seconds - min(reserve, self._seconds * _MOST_RESERVED)
