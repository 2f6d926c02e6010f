"""Which rows train, validate and test.

- `time`: the earliest rows train, the latest test. With a time column the cuts lie at two points in time for
  all groups, and rows of equal time stay together; without one each group is cut by its own row order.
- `random`: rows are shuffled, each class by itself; with windows, blocks of neighbouring rows are. A block is
  four windows long, or shorter (down to two windows, or a
  third of the rows) where that would make fewer than ten blocks.
- `group`: whole groups are dealt out so that the shares come near what is asked, one group at least for each.

The seed is a constant, so that a split depends on the data alone.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remedy.config.experiment import Split

SplitRule = Literal["time", "random", "group"]
TRAINING, VALIDATION, TEST = 0, 1, 2

_SEED = 0
_MIN_WINDOWS_PER_BLOCK, _WINDOWS_PER_BLOCK = 2, 4
_MIN_BLOCKS = 10


def assign_rows(
    by: SplitRule,
    shares: Split,
    groups: NDArray[np.int64],
    times: NDArray[np.int64] | None,
    classes: NDArray[np.int64],
    span: int | None,
) -> NDArray[np.int8]:
    """Assign every row to a split.

    Args:
        by: the rule, as the module's text describes it.
        shares: of validation and test; its `by` is ignored.
        groups: group of each row, int64 `(rows,)`, from 0 without gaps, never falling.
        times: rank of each row's time, int64 `(rows,)`; `None` if rows are in order as they are.
        classes: class of each row, int64 `(rows,)`, from 0 without gaps; all 0 if there are no classes.
        span: rows that a window and its target take; `None` without windows.

    Returns:
        `TRAINING`, `VALIDATION` or `TEST` for each row, int8 `(rows,)`.
    """
    if by == "group":
        return split_by_group(groups, shares)
    if by == "random":
        return (
            split_rows_at_random(classes, shares)
            if span is None
            else split_blocks_at_random(groups, span, shares)
        )
    return split_by_order(groups, shares) if times is None else split_by_time(times, shares)


def split_by_time(times: NDArray[np.int64], shares: Split) -> NDArray[np.int8]:
    """Cut at two points in time.

    Args:
        times: rank of each row's time, int64 `(rows,)`.
        shares: of validation and test; the cuts go to the nearest change of time.

    Returns:
        The split of each row, int8 `(rows,)`.

    >>> split_by_time(np.arange(10), Split(validation=0.2, test=0.1))
    array([0, 0, 0, 0, 0, 0, 0, 1, 1, 2], dtype=int8)
    """
    ordered = np.sort(times)
    changes = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1], [True]]))
    sizes = _sizes(np.array([len(times)]), shares)[:, 0]
    cuts = [changes[np.abs(changes - end).argmin()] for end in np.cumsum(sizes)[:2]]
    return np.searchsorted(cuts, np.searchsorted(ordered, times), side="right").astype(np.int8)


def split_by_order(groups: NDArray[np.int64], shares: Split) -> NDArray[np.int8]:
    """Cut each group by its own row order.

    Args:
        groups: group of each row, int64 `(rows,)`, never falling.
        shares: of validation and test, in each group.

    Returns:
        The split of each row, int8 `(rows,)`.
    """
    rank, sizes = _ranks_within(groups)
    train, validation, _ = _sizes(sizes, shares)
    splits = np.zeros(len(groups), dtype=np.int8)
    splits[rank >= train[groups]] = VALIDATION
    splits[rank >= (train + validation)[groups]] = TEST
    return splits


def split_rows_at_random(classes: NDArray[np.int64], shares: Split) -> NDArray[np.int8]:
    """Shuffle the rows of each class and give every split the same mix.

    Args:
        classes: class of each row, int64 `(rows,)`; all 0 if there are no classes.
        shares: of validation and test.

    Returns:
        The split of each row, int8 `(rows,)`.
    """
    generator = np.random.default_rng(_SEED)
    shuffled = generator.permutation(len(classes))
    shuffled = shuffled[np.argsort(classes[shuffled], kind="stable")]
    rank, sizes = _ranks_within(classes[shuffled])
    quantile = (rank + 0.5) / sizes[classes[shuffled]]
    mixed = shuffled[np.lexsort((generator.permutation(len(classes)), quantile))]
    splits = np.empty(len(classes), dtype=np.int8)
    splits[mixed] = np.repeat([TRAINING, VALIDATION, TEST], _sizes(np.array([len(classes)]), shares)[:, 0])
    return splits


def split_blocks_at_random(groups: NDArray[np.int64], span: int, shares: Split) -> NDArray[np.int8]:
    """Cut the rows into blocks of neighbours within a group, and deal the blocks out at random.

    Args:
        groups: group of each row, int64 `(rows,)`, never falling.
        span: rows that a window and its target take.
        shares: of validation and test.

    Returns:
        The split of each row, int8 `(rows,)`.
    """
    wanted = min(_WINDOWS_PER_BLOCK * span, len(groups) // _MIN_BLOCKS)
    length = max(wanted, min(_MIN_WINDOWS_PER_BLOCK * span, len(groups) // 3), 1)
    rank, sizes = _ranks_within(groups)
    blocks = np.maximum(sizes // length, 1)
    first_block = np.cumsum(blocks) - blocks
    return split_by_group(first_block[groups] + rank * blocks[groups] // sizes[groups], shares)


def split_by_group(groups: NDArray[np.int64], shares: Split) -> NDArray[np.int8]:
    """Deal out whole groups, the largest first, each to the split that lacks most rows.

    Args:
        groups: group of each row, int64 `(rows,)`, numbered from 0 without gaps.
        shares: of validation and test.

    Returns:
        The split of each row, int8 `(rows,)`; with three groups or more, no split is empty.
    """
    sizes = np.bincount(groups)
    lacking = _sizes(np.array([len(groups)]), shares)[:, 0]
    shuffled = np.random.default_rng(_SEED).permutation(len(sizes))
    order = shuffled[np.argsort(-sizes[shuffled], kind="stable")]
    splits = np.empty(len(sizes), dtype=np.int8)
    for group in order:
        splits[group] = lacking.argmax()
        lacking[splits[group]] -= sizes[group]
    for empty in set(range(3)) - set(splits.tolist()):
        counts = np.bincount(splits, minlength=3)
        if counts.max() > 1:
            smallest = next(group for group in reversed(order) if splits[group] == counts.argmax())
            splits[smallest] = empty
    return splits[groups]


def _sizes(totals: NDArray[np.int64], shares: Split) -> NDArray[np.int64]:
    """Rows of training, validation and test, `(3, totals)`, rounded half up; what is left over trains."""
    validation = np.floor(totals * shares.validation + 0.5).astype(np.int64)
    test = np.floor(totals * shares.test + 0.5).astype(np.int64)
    validation = np.minimum(validation, totals)
    test = np.minimum(test, totals - validation)
    return np.stack([totals - validation - test, validation, test])


def _ranks_within(groups: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each row's place within its group, `(rows,)`, and the groups' sizes; `groups` never falls."""
    sizes = np.bincount(groups)
    first = np.cumsum(sizes) - sizes
    return np.arange(len(groups)) - first[groups], sizes
