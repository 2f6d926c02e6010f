"""Writes the synthetic series of this folder, the same bytes every time: `python experiments/data/generate.py`."""

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


def river(rows: int = 1200) -> str:
    """A catchment: the day's weather fills two reservoirs, one fast and one slow, that feed a river.

    Units are those of the instruments, so that columns differ by seven orders of magnitude.
    """
    generator = np.random.default_rng(2024)
    day = np.arange(rows)
    season = np.sin(2 * math.pi * (day - 110) / 365.25)
    weather = _autoregressive(generator, rows, 0.7)
    temperature = 283 + 8 * season + 2.5 * _autoregressive(generator, rows, 0.8)
    pressure = 101_300 - 900 * weather + 150 * generator.standard_normal(rows)
    rain = np.where(weather > 0.3, 6 * (weather - 0.3) * generator.gamma(2.0, 0.5, rows), 0.0)
    humidity = np.clip(0.72 - 0.08 * season + 0.07 * weather + 0.03 * generator.standard_normal(rows), 0.2, 1)
    evaporation = np.clip(0.8 + 0.12 * (temperature - 283), 0.1, None)
    fast, slow = 4.0, 40.0
    discharge = np.empty(rows)
    for index in range(rows):
        fast = 0.72 * fast + 0.6 * rain[index]
        slow = max(0.97 * slow + 0.4 * rain[index] - 0.25 * evaporation[index], 0.0)
        discharge[index] = 9_000 * (0.28 * fast + 0.03 * slow)
    discharge *= 1 + 0.03 * generator.standard_normal(rows)
    columns = zip(day, rain / 1000, temperature, pressure, humidity, discharge, strict=True)
    return _csv(
        "day,rain_m,temperature_k,pressure_pa,humidity,discharge_l_s",
        (f"{d},{r:.5f},{t:.2f},{p:.0f},{h:.3f},{q:.0f}" for d, r, t, p, h, q in columns),
    )


def tide(rows: int = 1000) -> str:
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
    surge = 0.12 * _autoregressive(generator, rows, 0.97)
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


SERIES = {"mackey_glass.csv": mackey_glass, "river.csv": river, "tide.csv": tide}


def write_all(folder: Path) -> None:
    """Write every series into a folder."""
    for name, make in SERIES.items():
        (folder / name).write_bytes(make().encode())


if __name__ == "__main__":
    write_all(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
