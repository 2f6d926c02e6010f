"""How sure a skill is that was measured on samples which may depend on their neighbours."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_RESAMPLES = 2_000
_FEWEST_BLOCKS = 5
_CHUNK_CELLS = 2_000_000


def measured_skill(errors: NDArray[np.float64], constant: NDArray[np.float64]) -> float:
    """Skill, `1 - sum of errors / sum of the best constant's errors`, averaged over the outputs.

    Args:
        errors: of the predictions, `(samples, outputs)`.
        constant: of the best constant, same shape.

    Returns:
        Skill; outputs that do not vary are left out, and minus infinity if none varies.
    """
    total = constant.sum(axis=0)
    varies = total > 0
    if not varies.any():
        return -math.inf
    return float(np.mean(1 - errors.sum(axis=0)[varies] / total[varies]))


def skill_interval(
    errors: NDArray[np.float64],
    constant: NDArray[np.float64],
    *,
    tail: float,
    block: int,
    generator: np.random.Generator,
) -> tuple[float, float]:
    """Bootstrap interval of `measured_skill`.

    Blocks of neighbouring samples are drawn with replacement (moving blocks, Kuensch 1989), and the ratio of
    the sums is taken anew for each draw. The percentiles are those of Hesterberg's expanded interval ("What
    teachers should know about the bootstrap", 2015): plain ones are too narrow for few samples, by the same
    factor as a normal interval without Student's correction; blocks count as the samples.

    Args:
        errors: see `measured_skill`.
        constant: likewise.
        tail: the probability on either side.
        block: neighbouring samples that are drawn together; 1 if they are independent.
        generator: draws the blocks.

    Returns:
        Lower and upper end; minus infinity twice if no output varies.
    """
    varies = constant.sum(axis=0) > 0
    if not varies.any():
        return -math.inf, -math.inf
    both = np.concatenate([errors[:, varies], constant[:, varies]], axis=1)
    outputs = int(varies.sum())
    sums = _block_sums(both, block)
    draws = math.ceil(len(both) / block)
    skills = np.empty(_RESAMPLES)
    chunk = max(_CHUNK_CELLS // max(draws, len(sums)), 1)
    for start in range(0, _RESAMPLES, chunk):
        count = min(chunk, _RESAMPLES - start)
        drawn = generator.integers(len(sums), size=(count, draws)) + np.arange(count)[:, np.newaxis] * len(
            sums
        )
        times = np.bincount(drawn.ravel(), minlength=count * len(sums)).reshape(count, -1)
        resampled = times @ sums
        skills[start : start + count] = _skills(resampled[:, :outputs], resampled[:, outputs:])
    share = _expanded_tail(tail, max(len(both) / block, 2.0))
    # Single order statistics, since draws without any deviance are infinite and have no mean.
    low = np.quantile(skills, share, method="lower")
    high = np.quantile(skills, 1 - share, method="higher")
    return float(low), float(high)


def block_length(gains: NDArray[np.float64], overlap: int) -> int:
    """How many neighbouring samples to draw together.

    The longest of three: as many as share rows, since windows that overlap see the same noise; the cube root
    of the number of samples, the rate at which blocks have to grow for the interval to be right in the end
    (Hall, Horowitz and Jing 1995); and the length that suits the autocorrelation of what is averaged, here
    the gains in error (Politis and White 2004, with the correction by Patton, Politis and White 2009), for
    targets that wander slowly. At least five blocks are kept, without which there is nothing to draw from.

    Args:
        gains: by how much each sample is predicted better than by the constant, `(samples,)`, in order.
        overlap: from how many samples on two have no row in common; 1 if none share any.
    """
    count = len(gains)
    longest = max(overlap, math.ceil(math.cbrt(count)), _politis_white(gains))
    return int(max(min(longest, count // _FEWEST_BLOCKS), 1))


def _politis_white(values: NDArray[np.float64]) -> int:
    count = len(values)
    centred = values - values.mean()
    variance = float(centred @ centred) / count
    if count < 10 or variance <= 0:
        return 1
    quiet_lags = max(5, math.ceil(math.sqrt(math.log10(count))))
    most = min(math.ceil(math.sqrt(count)) + quiet_lags, count - 1)
    spectrum = np.fft.rfft(centred, 2 * count)
    covariance = np.fft.irfft(np.abs(spectrum) ** 2)[: count // 2 + 1] / count
    significant = np.abs(covariance[1 : most + 1] / variance) >= 2 * math.sqrt(math.log10(count) / count)
    last = _last_before_quiet(significant, quiet_lags)
    lags = np.arange(1, min(2 * last, most, len(covariance) - 1) + 1)
    if not last:
        return 1
    weights = np.clip(2 * (1 - lags / (2 * last)), 0, 1)
    slope = 2 * float(np.sum(weights * lags * covariance[lags]))
    spectral = variance + 2 * float(np.sum(weights * covariance[lags]))
    if spectral <= 0:
        return 1
    return math.ceil(math.cbrt(1.5 * (slope / spectral) ** 2 * count))


def _last_before_quiet(significant: NDArray[np.bool_], quiet_lags: int) -> int:
    """The last lag that matters before a run of lags that do not, or the last one at all."""
    for lag in range(len(significant)):
        if not significant[lag : lag + quiet_lags].any():
            return lag
    return int(np.flatnonzero(significant)[-1]) + 1


def _block_sums(values: NDArray[np.float64], block: int) -> NDArray[np.float64]:
    if block == 1:
        return values
    return np.asarray(np.lib.stride_tricks.sliding_window_view(values, block, axis=0).sum(axis=-1))


def _skills(errors: NDArray[np.float64], constant: NDArray[np.float64]) -> NDArray[np.float64]:
    nothing = constant <= 0
    ratio = np.divide(errors, constant, out=np.full_like(errors, np.inf), where=~nothing)
    ratio[nothing & (errors <= 0)] = 1.0
    return np.asarray(1 - ratio.mean(axis=1))


def _expanded_tail(tail: float, count: float) -> float:
    from scipy import stats

    half = stats.t.ppf(1 - tail, count - 1) * math.sqrt(count / (count - 1))
    return float(stats.norm.sf(half))
