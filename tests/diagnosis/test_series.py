"""What a series says about itself, held against direct sums and against series whose structure is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score

from remedy.diagnosis.series import autocorrelation, gain_of_longer_window, ljung_box, main_period
from tests.diagnosis.samples import autoregressive

Values = NDArray[np.float64]


def noise(seed: int, count: int = 600) -> Values:
    return np.random.default_rng(seed).normal(size=count)


def seasonal(seed: int, period: int, count: int = 600) -> Values:
    """Each value remembers the one a period before, and none in between."""
    values = noise(seed, count + 20 * period)
    for step in range(period, len(values)):
        values[step] += 0.8 * values[step - period]
    return values[-count:]


def sine(period: float, count: int = 600) -> Values:
    return np.asarray(np.sin(2 * np.pi * np.arange(count) / period))


def _direct(values: Values, lag: int) -> float:
    mean = math.fsum(values) / len(values)
    centred = [float(value) - mean for value in values]
    products = [one * other for one, other in zip(centred, centred[lag:], strict=False)]
    return sum(products) / sum(value * value for value in centred)


@given(st.integers(0, 1000), st.integers(3, 60), st.floats(-1e6, 1e6))
def test_autocorrelation_is_the_sum_of_products_of_values_so_far_apart(
    seed: int, count: int, level: float
) -> None:
    values = noise(seed, count) + level
    lags = min(count - 1, 5)
    expected = [_direct(values, lag) for lag in range(lags + 1)]
    assert autocorrelation(values, lags) == pytest.approx(expected, abs=1e-6)


def test_ljung_box_follows_its_definition() -> None:
    values = autoregressive(np.random.default_rng(0), 80, 0.15)
    statistic = 80 * 82 * sum(_direct(values, lag) ** 2 / (80 - lag) for lag in range(1, 7))
    assert ljung_box(values, 6) == pytest.approx(1 - stats.chi2.cdf(statistic, 6), rel=1e-9)


def test_ljung_box_calls_one_series_of_noise_in_twenty_significant() -> None:
    p = [ljung_box(noise(seed, 300), 10) for seed in range(300)]
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_ljung_box_sees_a_weak_memory() -> None:
    assert ljung_box(autoregressive(np.random.default_rng(0), 600, 0.3), 10) < 1e-6


@pytest.mark.parametrize("period", [2, 7, 24, 100])
@pytest.mark.parametrize("trend", [0.0, 0.02])
def test_the_period_of_a_noisy_cycle_on_a_trend_is_found(period: int, trend: float) -> None:
    cycle = np.tile(np.random.default_rng(period).normal(size=period), 600 // period)
    values = cycle + 0.3 * noise(1, len(cycle)) + trend * np.arange(len(cycle))
    found = main_period(values)
    assert found is not None
    assert found[0] % period == 0
    assert found[0] <= 2 * period
    assert found[1] > 0.5


def test_the_period_of_a_smooth_cycle_is_the_first_one() -> None:
    found = main_period(sine(33.4) + 0.2 * noise(0))
    assert found is not None
    assert abs(found[0] - 33.4) <= 2


def test_a_cycle_that_is_seen_less_than_three_times_is_no_period() -> None:
    found = main_period(sine(250))
    assert found is None or found[0] < 200


@pytest.mark.parametrize("values", [np.arange(60.0), np.arange(60.0) ** 2, 3 - 0.1 * np.arange(8.0)])
def test_a_trend_has_no_period(values: Values) -> None:
    assert main_period(values) is None


def test_the_gain_is_the_difference_of_the_skills_of_two_linear_forecasts() -> None:
    values, window, longer, horizon = seasonal(0, 12), 4, 12, 2
    X = np.array([values[i : i + longer] for i in range(len(values) - longer - horizon + 1)])
    y = values[longer + horizon - 1 :]
    cut = round(0.75 * len(y))
    skills = [
        r2_score(y[cut:], LinearRegression().fit(part[:cut], y[:cut]).predict(part[cut:]))
        for part in (X[:, -window:], X)
    ]
    found = gain_of_longer_window(values, window, longer, horizon)
    assert found is not None
    assert found[0] == pytest.approx(skills[1] - skills[0], abs=0.02)
    assert 0.2 < found[1] < found[0]


def test_what_a_short_window_says_already_is_no_gain() -> None:
    found = gain_of_longer_window(autoregressive(np.random.default_rng(0), 1500, 0.8), 5, 24, 1)
    assert found is not None
    assert found[1] < 0.02


@pytest.mark.parametrize("walk", [False, True], ids=["noise", "random walk"])
def test_periods_that_chance_shows_are_no_reason_for_a_longer_window(walk: bool) -> None:
    lows = []
    for seed in range(20):
        values = np.cumsum(noise(seed)) if walk else noise(seed)
        period, _ = main_period(values) or (20, 0.0)
        found = gain_of_longer_window(values, 10, max(period, 11), 1)
        assert found is not None
        lows.append(found[1])
    assert max(lows) < 0.02


def test_series_too_short_for_the_longer_window_say_nothing() -> None:
    assert gain_of_longer_window(noise(0, 100), 5, 60, 1) is None
    assert gain_of_longer_window(noise(0, 5000), 5, 2000, 1) is None
    assert gain_of_longer_window(np.concatenate([noise(0, 300), np.zeros(300)]), 5, 20, 1) is None
