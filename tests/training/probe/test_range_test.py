"""The range test finds the rates between which a training moves and does not break."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remedy.training.probe.range_test import range_test


class Quadratic:
    """Gradient descent on `curvature / 2 * w ** 2`, which breaks beyond a rate of `2 / curvature`."""

    def __init__(self, curvature: float, noise: float = 0.0) -> None:
        self._curvature = curvature
        self._noise = noise
        self._rng = np.random.default_rng(0)
        self._w = 1.0

    def step(self, rate: float) -> float:
        loss = self._curvature / 2 * self._w**2
        self._w -= rate * self._curvature * self._w
        return float(loss * (1 + self._noise * self._rng.normal()))


@settings(max_examples=25)
@given(curvature=st.floats(10.0, 1e4), noise=st.floats(0, 0.05))
def test_the_suggestion_is_below_where_the_loss_grows(curvature: float, noise: float) -> None:
    result = range_test(Quadratic(curvature, noise).step)
    assert result.suggestion is not None
    assert result.highest is not None
    assert 0.01 / curvature < result.suggestion < 2 / curvature
    # It has converged by then: from so close to 0 the growth takes some steps to show.
    assert result.suggestion < result.highest < 30 / curvature


def test_it_stops_where_the_loss_is_four_times_the_best() -> None:
    result = range_test(Quadratic(100.0).step)
    assert len(result.rates) == len(result.losses) < 100
    assert result.losses[-1] > 4 * min(result.losses) > 0
    assert max(result.losses[:-1]) <= 4 * min(result.losses)
    assert np.allclose(np.diff(np.log10(result.rates)), 8 / 99)


def test_noise_is_hardly_ever_a_descent() -> None:
    found = 0
    for seed in range(100):
        losses = iter(np.random.default_rng(seed).normal(1, 0.1, size=100))
        result = range_test(lambda _: float(next(losses)))  # noqa: B023 - called at once
        assert len(result.rates) == 100
        found += result.suggestion is not None
    assert found <= 20, "now and then the first batches happen to be hard ones"


def test_batches_that_differ_do_not_hide_where_the_descent_is() -> None:
    clear = range_test(Quadratic(100.0).step).suggestion
    assert clear is not None
    for seed in range(20):
        quadratic = Quadratic(100.0, noise=0.2)
        quadratic._rng = np.random.default_rng(seed)
        noisy = range_test(quadratic.step).suggestion
        assert noisy is not None
        assert clear / 10 < noisy < clear * 10


def test_a_loss_that_only_grows_has_no_suggestion() -> None:
    result = range_test(lambda rate: 1 + rate)
    assert result.suggestion is None
    assert result.highest is not None


def test_a_loss_below_zero_is_no_reason_to_stop() -> None:
    assert len(range_test(lambda rate: -1 - rate).rates) == 100


@pytest.mark.parametrize("bad_from", [0, 5, 40])
def test_it_ends_before_the_first_loss_that_is_no_number(bad_from: int) -> None:
    losses = iter([1.0] * bad_from + [np.nan] * 100)
    result = range_test(lambda _: next(losses))
    assert len(result.rates) == bad_from
    assert np.isfinite(result.losses).all()
    assert result.suggestion is None
    assert (result.highest is not None) == (bad_from > 0)
