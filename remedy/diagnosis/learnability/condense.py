"""Makes a table of any width one of few well-scaled columns, by the training rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_MOST_COLUMNS = 200
_COMPONENTS = 100
_FITTED_ROWS = 1_000
_FARTHEST = 10.0


def condense(
    train: NDArray[np.float64], other: NDArray[np.float64], targets: NDArray[np.float64], seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fill in what is missing, drop what never varies, tame outliers, scale, and narrow what is wide.

    Beyond 200 columns, the 100 that go along best with the targets are kept, and 100 principal components
    stand for the rest. Nothing is learned from the other rows.

    Args:
        train: float64 `(rows, columns)`, NaN where missing.
        other: rows of another split, likewise.
        targets: of the training rows, `(rows, outputs)`; classes as one column each.
        seed: of the principal components' start.

    Returns:
        Both tables, float64 `(rows, 1 to 200)`.
    """
    sampled = train[:: max(len(train) // _FITTED_ROWS, 1)]
    low, high = np.fmin.reduce(train, axis=0), np.fmax.reduce(train, axis=0)
    varies = low < high
    if not varies.any():
        return np.zeros((len(train), 1)), np.zeros((len(other), 1))
    train, other, sampled = (table[:, varies] for table in (train, other, sampled))
    median = _median(train, sampled)
    train, other, sampled = (np.where(np.isnan(table), median, table) for table in (train, other, sampled))
    quarter, three_quarters = np.quantile(sampled, [0.25, 0.75], axis=0)
    reach = np.where(three_quarters > quarter, _FARTHEST * (three_quarters - quarter), np.inf)
    train, other = (np.clip(table, quarter - reach, three_quarters + reach) for table in (train, other))
    centre, spread = train.mean(axis=0), train.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    train, other = (np.clip((table - centre) / spread, -_FARTHEST, _FARTHEST) for table in (train, other))
    return _narrow(train, other, targets, seed) if train.shape[1] > _MOST_COLUMNS else (train, other)


def _median(train: NDArray[np.float64], sampled: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the sampled rows, or of all for a column that these know nothing about."""
    unknown = np.isnan(sampled).all(axis=0)
    median = np.empty(train.shape[1])
    median[~unknown] = np.nanmedian(sampled[:, ~unknown], axis=0)
    median[unknown] = np.nanmedian(train[:, unknown], axis=0)
    return median


def _narrow(
    train: NDArray[np.float64], other: NDArray[np.float64], targets: NDArray[np.float64], seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from sklearn.decomposition import PCA

    association = np.abs(train.T @ (targets - targets.mean(axis=0))) / np.maximum(targets.std(axis=0), 1e-12)
    chosen = np.sort(np.argsort(-association.max(axis=1), kind="stable")[: _MOST_COLUMNS - _COMPONENTS])
    sampled = train[:: max(len(train) // _FITTED_ROWS, 1)]
    components = min(_COMPONENTS, len(sampled))
    pca = PCA(components, svd_solver="randomized", iterated_power=2, random_state=seed).fit(sampled)
    scale = max(float(np.sqrt(pca.explained_variance_[0])), 1e-12)
    first, second = (
        np.concatenate([table[:, chosen], pca.transform(table) / scale], axis=1) for table in (train, other)
    )
    return first, second
