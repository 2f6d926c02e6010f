"""The status of a finished training, read from its curve in skill units."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from remedy.training.outcome import EpochRecord, Status

DIVERGED_LOSS_RATIO = 10.0
"""A training metric that ends above this multiple of the best constant's, and above its start, diverged."""

SWING = 0.1
"""A change of direction by more than this much skill is a swing."""

SWINGING_SHARE = 0.2
"""From this share of swinging epochs on, a training oscillates."""

SLOW_FALL = 0.05
"""A metric that still falls by more than this share in the last third of the epochs is slow, not flat."""


def training_status(curve: Sequence[EpochRecord], *, min_skill: float, finite: bool = True) -> Status:
    """How a training went that was not stopped from outside.

    Args:
        curve: one record per epoch, at least one.
        min_skill: the skill from which on a training counts as learning.
        finite: whether all weights are finite at the end.

    Returns:
        The first status whose rule holds, in the order diverged, learning, overfit, oscillating, slow, flat.

    >>> epoch = EpochRecord(1, 1.0, 1.0, skill=0.0, val_skill=0.0, learning_rate=1e-3, gradient_norm=1.0)
    >>> training_status([epoch] * 30, min_skill=0.1)
    <Status.FLAT: 'flat'>
    """
    skills = [record.skill for record in curve]
    last = curve[-1]
    if not finite or not all(record.is_finite() for record in curve) or _has_diverged(skills):
        return Status.DIVERGED
    if last.skill >= min_skill:
        return Status.LEARNING if last.val_skill >= min_skill else Status.OVERFIT
    if _swinging_share(skills) >= SWINGING_SHARE:
        return Status.OSCILLATING
    return Status.SLOW if _late_fall(skills) > SLOW_FALL else Status.FLAT


def _has_diverged(skills: Sequence[float]) -> bool:
    # 1 - skill is the metric as a multiple of the best constant's.
    return 1 - skills[-1] > DIVERGED_LOSS_RATIO and skills[-1] < skills[0]


def _swinging_share(skills: Sequence[float]) -> float:
    """Share of the epochs that turn back by more than `SWING`; a steady climb does not swing."""
    steps = [after - before for before, after in pairwise(skills)]
    swings = sum(step * previous < 0 and abs(step) > SWING for previous, step in pairwise(steps))
    return swings / len(skills)


def _late_fall(skills: Sequence[float]) -> float:
    start = 1 - skills[-(len(skills) // 3) - 1]
    return (start - (1 - skills[-1])) / start if start > 0 else 0.0
