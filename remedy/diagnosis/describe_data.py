"""Looks at the training split with NumPy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remedy.data import Dataset
from remedy.diagnosis.data_statistics import DataStatistics, TargetStatistics
from remedy.diagnosis.feature_statistics import feature_statistics
from remedy.diagnosis.leaks import find_leaks
from remedy.diagnosis.repeated_samples import Repeats, find_repeats
from remedy.diagnosis.target_series import find_windows, series_statistics
from remedy.plan import Plan


def describe_data(dataset: Dataset, plan: Plan) -> DataStatistics:
    """The training split in numbers.

    Nothing of the validation split is looked at except whether its samples are in the training split, and
    nothing of the test split. Windows over a series that stands still are alike without being copies, so
    overlapping windows are never counted as repeated.

    Args:
        dataset: unscaled; X may be memory-mapped and larger than memory.
        plan: the baseline; the names of the inputs that hold tokens are used.
    """
    tokens = plan.preprocessing.tokens
    windows = find_windows(dataset.train)
    repeats = find_repeats(dataset) if windows is None else Repeats(0.0, 0.0, 0.0)
    return DataStatistics(
        task=dataset.task,
        samples=len(dataset.train),
        features=feature_statistics(dataset, tokens),
        targets=_targets(dataset),
        class_shares=_class_shares(dataset),
        classes=dataset.classes,
        repeated=repeats.repeated,
        contradictory=repeats.contradictory,
        seen_in_validation=repeats.seen_in_validation,
        leaks=find_leaks(dataset, tokens),
        series=series_statistics(dataset, windows),
    )


def _targets(dataset: Dataset) -> tuple[TargetStatistics, ...]:
    y = dataset.train.y
    columns = y.reshape(-1, y.shape[-1]).astype(np.float64).T
    return tuple(_of_target(name, column) for name, column in zip(dataset.targets, columns, strict=True))


def _of_target(name: str, values: NDArray[np.float64]) -> TargetStatistics:
    low, high = float(values.min()), float(values.max())
    with np.errstate(invalid="ignore"):  # infinite values have no mean
        mean, std = float(values.mean()), float(values.std())
    return TargetStatistics(
        name=name,
        low=low,
        high=high,
        mean=mean,
        std=0.0 if low == high else std,
        distinct=len(np.unique(values)),
        whole=bool((values == np.floor(values)).all()),
    )


def _class_shares(dataset: Dataset) -> tuple[float, ...]:
    y = dataset.train.y.reshape(-1, dataset.train.y.shape[-1])
    if dataset.task == "regression":
        return ()
    if dataset.task == "multilabel":
        return tuple(y.mean(axis=0).tolist())
    counts = np.bincount(y.astype(np.int64).ravel(), minlength=max(len(dataset.classes), 2))
    return tuple((counts / len(y)).tolist())
