"""Checks that data, splits and target make up something to learn from and to measure skill on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from remedy.config.experiment import Data
from remedy.data.dataset import ONLY_INPUT, Split, named_inputs
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
        span = f"{data.window.length} + {max(data.window.horizon)}"
        raise DataError(
            f"{name}: {sum(rows)} rows leave no window of {span} rows in the {split} split ({where}); "
            f"shorten data.window.length or {_enlarge(split)}"
        )


def check_targets(name: str, target: Target, splits: Sequence[Split]) -> None:
    """Check that the target varies in every split and that the training split knows every class.

    Args:
        name: the source's, for messages.
        target: the target of all rows; its names are those of the last axis of y.
        splits: training, validation and test, none of them empty.

    Raises:
        DataError: a target is constant in a split, so that skill has no meaning there, or a class is never
            trained.
    """
    for split, samples in zip(_SPLITS, splits, strict=True):
        outputs = samples.y.reshape(-1, samples.y.shape[-1]).T
        for column, values in zip(target.names, outputs, strict=True):
            if (values == values[0]).all():
                only = target.classes[int(values[0])] if target.classes else f"{values[0]:g}"
                what = "is constant" if target.task == "regression" else "holds one class only"
                where = f"in the {split} split ({len(samples)} samples)"
                raise DataError(
                    f"{name}: target {quoted(column)} {what} ({quoted(only)}) {where}, so skill has no "
                    f"meaning there; {_enlarge(split)}, or change data.split.by"
                )
    missing = set(range(len(target.classes))) - set(np.unique(splits[0].y).tolist())
    if missing:
        label, column = target.classes[min(missing)], target.names[0]
        raise DataError(
            f"{name}: class {quoted(label)} of {quoted(column)} does not occur in the training split; add or "
            "remove rows of that class, or change data.split.by (random keeps the classes' shares)"
        )


def check_presence(name: str, features: Sequence[str], train: Split) -> None:
    """Check that every feature has a value somewhere in the training split.

    Args:
        name: the source's, for messages.
        features: names of the last axis of X, integer inputs last.
        train: the training split.

    Raises:
        DataError: a feature is missing everywhere.
    """
    X = named_inputs(train.X).get(ONLY_INPUT)
    if X is None:
        return
    empty = np.isnan(X).reshape(-1, X.shape[-1]).all(axis=0)
    if empty.any():
        raise DataError(
            f"column {quoted(features[int(empty.argmax())])} of {name} is missing everywhere in the training "
            "split; fill it in, or leave it out of data.features"
        )


def _enlarge(split: str) -> str:
    if split == "training":
        return "lower data.split.validation and data.split.test"
    return f"enlarge data.split.{split}"
