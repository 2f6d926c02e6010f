"""What a series of numbers says about itself: is there structure, with which period, how far back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remedy.diagnosis.learnability.bootstrap import block_length, skill_interval

_QUANTILE = 1.645
_CYCLES = 3
_ALPHAS = np.logspace(-2, 5, 8)
_LONGEST_WINDOW = 500
_MOST_ROWS, _FEWEST_ROWS = 4_000, 60
_FITTED = 0.75
_TAIL = 0.025

Values = NDArray[np.float64]


def autocorrelation(values: Values, lags: int) -> Values:
    """The autocorrelation of a series.

    Args:
        values: `(values,)`, not all of them equal.
        lags: up to which to go.

    Returns:
        float64 `(lags + 1,)`, that of lag 0 first.

    >>> autocorrelation(np.array([1.0, -1.0, 1.0, -1.0]), 2).round(6).tolist()
    [1.0, -0.75, 0.5]
    """
    from scipy import signal

    centred = values - values.mean()
    covariance = signal.correlate(centred, centred)[len(values) - 1 :]
    return np.asarray(covariance[: lags + 1] / covariance[0])


def ljung_box(values: Values, lags: int) -> float:
    """How likely it is that white noise shows as much autocorrelation as a series (Ljung and Box 1978).

    Args:
        values: `(values,)`, not all of them equal.
        lags: how many of them are tested together, less than there are values.

    Returns:
        The p value.
    """
    from scipy import stats

    count = len(values)
    correlations = autocorrelation(values, lags)[1:]
    statistic = count * (count + 2) * np.sum(correlations**2 / (count - np.arange(1, lags + 1)))
    return float(stats.chi2.sf(statistic, lags))


def main_period(values: Values) -> tuple[int, float] | None:
    """After how many values a series resembles itself most.

    Its trend, a straight line, is taken away first. The period is the highest peak of the autocorrelation
    behind the first lag at which it is negative, or an earlier one that is as high but for chance (one
    standard error), since multiples of a period have peaks, too. At least three cycles have to be seen, and
    the peak has to pass the test for seasonality of the M4 competition (Bartlett's limits, 90 %).

    Args:
        values: `(values,)`.

    Returns:
        The lag and the autocorrelation there; `None` if no peak stands out.
    """
    from scipy import signal

    rest = signal.detrend(values)
    longest = len(values) // _CYCLES
    if longest < 3 or np.ptp(rest) <= 1e-9 * np.ptp(values):
        return None
    correlations = autocorrelation(rest, longest)
    negative = np.flatnonzero(correlations < 0)
    if not len(negative):
        return None
    before = np.cumsum(np.concatenate([[1.0], 2 * correlations[1:-1] ** 2]))
    limits = _QUANTILE * np.sqrt(before / len(values))  # of lag 1 first
    inner = correlations[1:-1]
    peaks = np.flatnonzero((inner >= correlations[:-2]) & (inner > correlations[2:])) + 1
    clear = [lag for lag in peaks.tolist() if lag > negative[0] and correlations[lag] > limits[lag - 1]]
    if not clear:
        return None
    almost = max(correlations[clear]) - 1 / np.sqrt(len(values))
    period = next(lag for lag in clear if correlations[lag] >= almost)
    return period, float(correlations[period])


def gain_of_longer_window(
    values: Values, window: int, longer: int, horizon: int
) -> tuple[float, float] | None:
    """By how much a linear forecast becomes better if it sees more of the past.

    Ridge regression on the series' own past is fitted to the first three quarters of the series, at most its
    last 4,000 values, and tried on the rest, with either window for the same values.

    Args:
        values: `(values,)`.
        window: how many values the forecast sees.
        longer: how many it might see instead.
        horizon: how far behind the last of them the forecast value is.

    Returns:
        The gain in skill (R2) and the lower end of its 95 % interval, a bootstrap of neighbouring values
        together; `None` if the series is too short for the longer window, or this one too long to be tried.
    """
    rows = len(values) - longer - horizon + 1
    if longer > _LONGEST_WINDOW or rows < max(_FEWEST_ROWS, longer):
        return None
    past = np.lib.stride_tricks.sliding_window_view(values, longer)[:rows][-_MOST_ROWS:]
    y = values[longer + horizon - 1 :][-_MOST_ROWS:]
    cut = round(len(y) * _FITTED)
    if np.ptp(y[:cut]) <= 0 or np.ptp(y[cut:]) <= 0:
        return None
    constant = (y[cut:] - y[cut:].mean()) ** 2
    gains = _squared_errors(past[:, -window:], y, cut) - _squared_errors(past, y, cut)
    low, _ = skill_interval(
        (constant - gains)[:, np.newaxis],
        constant[:, np.newaxis],
        tail=_TAIL,
        block=block_length(gains, horizon),
        generator=np.random.default_rng(0),
    )
    return float(gains.sum() / constant.sum()), low


def _squared_errors(past: Values, y: Values, cut: int) -> Values:
    from sklearn.linear_model import RidgeCV
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    centre, spread = y[:cut].mean(), y[:cut].std()
    X, target = (past - centre) / spread, (y - centre) / spread
    with threadpool_limits(1):  # trainings may be going on beside it
        predicted = RidgeCV(_ALPHAS).fit(X[:cut], target[:cut]).predict(X[cut:])
    return np.asarray(((target[cut:] - predicted) * spread) ** 2)
