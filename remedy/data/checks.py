"""Checks that data, splits and target make up something to learn from and to measure skill on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from remedy.config.experiment import Data
from remedy.data.dataset import Split
from remedy.data.targets import Target
from remedy.data.wording import quoted
from remedy.errors import ConfigError, DataError

_SPLITS = ("training", "validation", "test")


def check_features(data: Data) -> None:
    """Check that no feature is the answer itself.

    Raises:
        ConfigError: there is no window, so that a target among the features is the very cell to predict.
    """
    shown = [column for column in data.features or [] if column in data.target]
    if shown and data.window is None:
        raise ConfigError(
            f"data.features names the target {quoted(shown[0])}, so the model would be shown the answer; "
            "remove it, or set data.window to predict a series from its past"
        )


def check_groups(name: str, data: Data, groups: NDArray[np.int64]) -> None:
    """Check that there is a group for every split.

    Args:
        name: the source's, for messages.
        data: the data section.
        groups: group of each row, numbered from 0 without gaps.

    Raises:
        DataError: there are fewer than three groups.
    """
    count = int(groups.max()) + 1
    if data.split.by == "group" and count < len(_SPLITS):
        raise DataError(
            f"column {quoted(data.group)} of {name} tells {count} groups apart, too few for training, "
            "validation and test; set data.split.by: time or random"
        )


def check_sizes(name: str, data: Data, groups: int, rows: Sequence[int], samples: Sequence[int]) -> None:
    """Check that no split is empty.

    Args:
        name: the source's, for messages.
        data: the data section.
        groups: number of groups.
        rows: number of rows of training, validation and test.
        samples: number of their samples.

    Raises:
        DataError: a split has no sample.
    """
    for split, row_count, sample_count in zip(_SPLITS, rows, samples, strict=True):
        if sample_count:
            continue
        if data.window is None:
            raise DataError(
                f"{name}: {sum(rows)} rows leave none for the {split} split; add rows or {_enlarge(split)}"
            )
        where = f"{row_count} rows of {groups} groups" if data.group else f"{row_count} rows"
        raise DataError(
            f"{name}: {sum(rows)} rows leave no window of {data.window.length} + {data.window.horizon} rows "
            f"in the {split} split ({where}); shorten data.window.length or {_enlarge(split)}"
        )


def check_targets(name: str, data: Data, target: Target, splits: Sequence[Split]) -> None:
    """Check that the target varies in every split and that the training split knows every class.

    Args:
        name: the source's, for messages.
        data: the data section.
        target: the target of all rows.
        splits: training, validation and test, none of them empty.

    Raises:
        DataError: a target is constant in a split, so that skill has no meaning there, or a class is never
            trained.
    """
    for split, samples in zip(_SPLITS, splits, strict=True):
        for column, values in zip(data.target, samples.y.T, strict=True):
            if (values == values[0]).all():
                only = target.classes[int(values[0])] if target.classes else f"{values[0]:g}"
                what = "is constant" if target.task == "regression" else "holds one class only"
                where = f"in the {split} split ({len(samples)} samples)"
                raise DataError(
                    f"{name}: target {quoted(column)} {what} ({quoted(only)}) {where}, so skill has no "
                    f"meaning there; {_enlarge(split)}, or change data.split.by"
                )
    missing = set(range(len(target.classes))) - set(np.unique(splits[0].y).astype(int).tolist())
    if missing:
        label, column = target.classes[min(missing)], data.target[0]
        raise DataError(
            f"{name}: class {quoted(label)} of {quoted(column)} does not occur in the training split; add or "
            "remove rows of that class, or change data.split.by (random keeps the classes' shares)"
        )


def _enlarge(split: str) -> str:
    if split == "training":
        return "lower data.split.validation and data.split.test"
    return f"enlarge data.split.{split}"
