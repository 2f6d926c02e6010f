"""The window that a series suggests."""

from __future__ import annotations

import numpy as np
import pytest

from remedy.diagnosis.series import gain_of_longer_window
from remedy.drafting.window_length import has_memory, window_length

GENERATOR = np.random.default_rng(0)


def _seasonal(period: int, values: int = 1200) -> np.ndarray:
    noise = GENERATOR.normal(0, 0.2, values)
    return np.sin(np.arange(values) * 2 * np.pi / period) + noise


@pytest.mark.parametrize("period", [5, 7, 12, 24, 52])
def test_a_window_holds_whole_periods_and_a_dozen_rows_at_least(period: int) -> None:
    length, reason = window_length(_seasonal(period), most=200)
    assert length % period == 0
    assert length >= 12
    assert str(period) in reason


def test_a_window_is_no_longer_than_there_is_room() -> None:
    assert window_length(_seasonal(52), most=30).rows == 30
    assert window_length(_seasonal(7, 40), most=3).rows == 3
    assert window_length(_seasonal(7, 40), most=-4).rows == 1


def test_a_walk_needs_no_long_window() -> None:
    walk = GENERATOR.normal(size=800).cumsum()
    assert window_length(walk, most=200).rows == 12


def test_a_window_grows_as_long_as_a_forecast_gains_by_it() -> None:
    noise = GENERATOR.normal(size=3000)
    echo = noise.copy()
    for row in range(40, len(echo)):
        echo[row] += 0.9 * echo[row - 40]
    length, _ = window_length(echo, most=200)
    gained = gain_of_longer_window(echo, 12, length, 1)
    assert length >= 40
    assert gained is not None
    assert gained[1] > 0.3


@pytest.mark.parametrize("seed", range(5))
def test_white_noise_has_no_memory_and_a_walk_has(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(size=500)
    assert not has_memory(noise)
    assert has_memory(noise.cumsum())


def test_few_or_constant_values_have_no_memory() -> None:
    assert not has_memory(np.ones(100))
    assert not has_memory(np.arange(3.0))
