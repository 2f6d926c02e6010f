"""Windows over the series in this folder, with targets that a table cannot hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = tuple[NDArray[Any], NDArray[Any]]

_FOLDER = Path(__file__).parent


def co2_rises(steps: int = 12) -> Arrays:
    """A year of monthly carbon dioxide in ppm, and whether the next month has more than the last one."""
    level = np.loadtxt(_FOLDER / "co2.csv", delimiter=",", skiprows=1, usecols=1)
    windows = np.lib.stride_tricks.sliding_window_view(level, steps + 1)
    return windows[:, :-1, np.newaxis].copy(), (windows[:, -1] > windows[:, -2]).astype(int)


def airline_changes(steps: int = 12) -> Arrays:
    """Changes of thousands of passengers from month to month for a year, and the change after it."""
    passengers = np.loadtxt(_FOLDER / "airline.csv", delimiter=",", skiprows=1, usecols=1)
    windows = np.lib.stride_tricks.sliding_window_view(np.diff(passengers), steps + 1)
    return windows[:, :-1, np.newaxis].copy(), windows[:, -1].copy()
