"""Data that are made up, each by a stated rule with a fixed seed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = tuple[NDArray[Any], NDArray[Any]]


def sines(samples: int = 900, steps: int = 20) -> Arrays:
    """Windows of a noisy sine of random phase and pace between -1 and 1, and its next value."""
    generator = np.random.default_rng(1)
    phase, pace = generator.uniform(0, 2 * np.pi, samples), generator.uniform(0.2, 0.5, samples)
    values = np.sin(phase[:, np.newaxis] + pace[:, np.newaxis] * np.arange(steps + 1))
    noisy = values + 0.05 * generator.normal(size=values.shape)
    return noisy[:, :-1, np.newaxis], noisy[:, -1]


def sines_to_thousand() -> Arrays:
    """The same sines between 0 and 1000."""
    X, y = sines()
    return 500 * (X + 1), 500 * (y + 1)


def sines_up_or_down() -> Arrays:
    """The same sines, and whether the next value is above 0."""
    X, y = sines()
    return X, (y > 0).astype(int)


def sines_at_every_step() -> Arrays:
    """The same sines, as a level in metres above the sea, and for every step the value after it."""
    X, y = sines()
    level = 200 + 40 * np.concatenate([X[..., 0], y[:, np.newaxis]], axis=1)
    return X, level[:, 1:, np.newaxis]


def depths() -> Arrays:
    """The same sines, and the next value as a depth: between -9 and -1."""
    X, y = sines()
    return X, 4 * y - 5


def saw_teeth(samples: int = 900, steps: int = 24) -> Arrays:
    """Windows of a saw-tooth of random phase and period 6 to 12, and its next value."""
    generator = np.random.default_rng(2)
    phase, period = generator.uniform(0, 1, samples), generator.uniform(6, 12, samples)
    cycles = phase[:, np.newaxis] + np.arange(steps + 1) / period[:, np.newaxis]
    values = 2 * (cycles % 1) - 1 + 0.05 * generator.normal(size=cycles.shape)
    return values[:, :-1, np.newaxis], values[:, -1]


def first_of_forty(samples: int = 1500, steps: int = 40) -> Arrays:
    """Sequences that begin with a number of deviation 1 and go on with noise of 0.3, and that number."""
    generator = np.random.default_rng(3)
    X = 0.3 * generator.normal(size=(samples, steps, 1))
    X[:, 0, 0] = generator.normal(size=samples)
    return X, X[:, 0, 0]


def sums_of_two(samples: int = 1500, steps: int = 20) -> Arrays:
    """The adding problem: numbers from 0 to 1, two of them marked, and the sum of these two.

    Source: Hochreiter and Schmidhuber, Long Short-Term Memory (1997).
    """
    generator = np.random.default_rng(4)
    values, marks = generator.uniform(size=(samples, steps)), np.zeros((samples, steps))
    half = steps // 2
    first, second = generator.integers(half, size=samples), half + generator.integers(half, size=samples)
    every = np.arange(samples)
    marks[every, first] = marks[every, second] = 1
    return np.stack([values, marks], axis=-1), values[every, first] + values[every, second]


def vibrations(samples: int = 2000, steps: int = 16) -> Arrays:
    """Vibrations of a bearing, of which one in a hundred rings at half the speed, and whether it does."""
    generator = np.random.default_rng(5)
    rings = np.zeros(samples, dtype=int)
    rings[::100] = 1
    rings = generator.permutation(rings)
    pace = np.where(rings == 1, 0.5, 1.0)[:, np.newaxis]
    phase = generator.uniform(0, 2 * np.pi, (samples, 1))
    values = np.sin(phase + pace * np.arange(steps)) + 0.2 * generator.normal(size=(samples, steps))
    return values[..., np.newaxis], rings


def sensors_with_gaps() -> Arrays:
    """The sines, a second sensor that is stuck at 21.5, and gaps in the first, three in a hundred."""
    X, y = sines()
    generator = np.random.default_rng(6)
    sensor = np.where(generator.uniform(size=X.shape) < 0.03, np.nan, X)
    return np.concatenate([sensor, np.full_like(X, 21.5)], axis=-1), y


def products(samples: int = 1500) -> Arrays:
    """Five numbers, and the product of the first two plus a little noise."""
    generator = np.random.default_rng(8)
    X = generator.normal(size=(samples, 5))
    return X, X[:, 0] * X[:, 1] + 0.1 * generator.normal(size=samples)


def bends(samples: int = 1500) -> Arrays:
    """Five numbers, and a bent function of four of them plus noise."""
    generator = np.random.default_rng(9)
    X = generator.normal(size=(samples, 5))
    return X, X[:, 0] + X[:, 1] * X[:, 2] + np.sin(2 * X[:, 3]) + 0.3 * generator.normal(size=samples)


def white_noise(rows: int = 700, steps: int = 12) -> Arrays:
    """Windows of white noise, and its next value."""
    noise = np.random.default_rng(10).normal(size=rows)
    windows = np.lib.stride_tricks.sliding_window_view(noise, steps + 1)
    return windows[:, :-1, np.newaxis].copy(), windows[:, -1].copy()


def random_walk_up(rows: int = 700, steps: int = 12) -> Arrays:
    """Windows of a random walk, and whether it goes up next."""
    moves = np.random.default_rng(11).normal(size=rows)
    walk = np.lib.stride_tricks.sliding_window_view(np.cumsum(moves), steps)[:-1]
    return walk[..., np.newaxis].copy(), (moves[steps:] > 0).astype(int)


def unrelated(samples: int = 600) -> Arrays:
    """Eight features in units of their own, and a target that has nothing to do with them."""
    generator = np.random.default_rng(12)
    X = generator.normal(size=(samples, 8)) * np.logspace(-1, 3, 8) + 20
    return X, 100 + 30 * generator.standard_t(4, size=samples)
