"""Writes the synthetic series of this folder, always the same: `python experiments/data/generate.py`."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def mackey_glass(rows: int = 1000) -> str:
    """The Mackey-Glass equation with delay 17, a chaotic series, sampled every 3 time units.

    Source: Mackey and Glass, Oscillation and Chaos in Physiological Control Systems, Science 197 (1977).
    """
    generator = np.random.default_rng(1977)
    steps_per_unit, delay, every, settling = 10, 17, 3, 300
    lag = delay * steps_per_unit
    values = [1.2] * (lag + 1)
    for _ in range((settling + rows * every) * steps_per_unit):
        delayed = values[-lag - 1]
        slope = 0.2 * delayed / (1 + delayed**10) - 0.1 * values[-1]
        values.append(values[-1] + slope / steps_per_unit)
    level = np.array(values[-rows * every * steps_per_unit :: every * steps_per_unit])
    centred = level - 0.9 + 0.01 * generator.standard_normal(rows)
    return _csv("step,level", (f"{step},{value:.4f}" for step, value in enumerate(centred)))


def district_heating(rows: int = 1200) -> str:
    """The heat that a town draws from its plant, day by day from 1 October, and the weather behind it.

    Buildings follow the weather of the last days with a lag of about four days, and need no heating above
    15 degrees Celsius. Columns have the units of their instruments and differ by six orders of magnitude.
    """
    generator = np.random.default_rng(1877)
    day = np.arange(rows)
    season = np.cos(2 * math.pi * (day - 110) / 365.25)
    weather = _autoregressive(generator, rows, 0.8)
    pressure = 101_300 + 900 * weather + 150 * generator.standard_normal(rows)
    temperature = 283 - 9.5 * season - 3 * season * weather + 2.5 * _autoregressive(generator, rows, 0.75)
    sunshine = np.clip(170 - 110 * season, 0, None) * np.clip(0.6 + 0.2 * weather, 0.1, 1)
    wind = np.clip(4.5 - 1.2 * weather + 1.2 * generator.standard_normal(rows), 0.2, None)
    felt = temperature + 0.015 * sunshine - 0.4 * wind
    buildings = np.empty(rows)
    last = felt[0]
    for index in range(rows):
        last += (felt[index] - last) / 4
        buildings[index] = last
    demand = 2.0e6 + 1.1e6 * np.clip(288 - buildings, 0, None)
    demand *= 1 + 0.03 * generator.standard_normal(rows)
    columns = zip(day, temperature, pressure, sunshine, wind, demand, strict=True)
    return _csv(
        "day,temperature_k,pressure_pa,sunshine_w_m2,wind_m_s,heat_w",
        (f"{d},{t:.2f},{p:.0f},{s:.1f},{w:.2f},{1000 * round(q / 1000)}" for d, t, p, s, w, q in columns),
    )


def tide(rows: int = 1500) -> str:
    """Hourly water level of a harbour in metres: six tidal constituents and the surge of the weather.

    Speeds of the constituents, in degrees per hour, are those of the International Hydrographic Organization.
    """
    generator = np.random.default_rng(1687)
    hour = np.arange(rows)
    constituents = {
        "M2": (28.9841042, 1.10),
        "S2": (30.0, 0.38),
        "N2": (28.4397295, 0.22),
        "K1": (15.0410686, 0.16),
        "O1": (13.9430356, 0.12),
        "M4": (57.9682084, 0.08),
    }
    level = sum(
        amplitude * np.cos(np.radians(speed * hour) + generator.uniform(0, 2 * math.pi))
        for speed, amplitude in constituents.values()
    )
    surge = 0.08 * _autoregressive(generator, rows, 0.97)
    return _csv("hour,level_m", (f"{h},{value:.3f}" for h, value in zip(hour, level + surge, strict=True)))


def _autoregressive(generator: np.random.Generator, rows: int, memory: float) -> Values:
    """An AR(1) series of mean 0 and variance 1."""
    noise = generator.standard_normal(rows) * math.sqrt(1 - memory**2)
    values = np.empty(rows)
    last = generator.standard_normal()
    for index in range(rows):
        last = memory * last + noise[index]
        values[index] = last
    return values


def _csv(header: str, lines: Iterable[str]) -> str:
    return "\n".join([header, *lines]) + "\n"


SERIES = {"mackey_glass.csv": mackey_glass, "district_heating.csv": district_heating, "tide.csv": tide}


def write_all(folder: Path) -> None:
    """Write every series into a folder."""
    for name, make in SERIES.items():
        (folder / name).write_bytes(make().encode())


if __name__ == "__main__":
    write_all(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
