"""What a training measured, as plain data."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass


class Status(enum.StrEnum):
    """How a training went.

    `PRUNED` and `FAILED` are not read from a curve: the training did not end. `PLATEAUED` is said of a
    baseline whose trainings all learn, though much less than a simple model does.
    """

    LEARNING = "learning"
    OVERFIT = "overfit"
    SLOW = "slow"
    OSCILLATING = "oscillating"
    FLAT = "flat"
    DIVERGED = "diverged"
    PRUNED = "pruned"
    FAILED = "failed"
    PLATEAUED = "plateaued"


STUCK = frozenset({Status.SLOW, Status.OSCILLATING, Status.FLAT, Status.DIVERGED})
"""The statuses of a training whose loss does not move."""


@dataclass(frozen=True)
class EpochRecord:
    """One epoch of a training.

    Attributes:
        epoch: counted from 1.
        loss: the training loss as Keras reports it, averaged over the epoch while the weights change.
        val_loss: the validation loss after the epoch.
        skill: share of deviance explained on the training split, averaged like `loss`.
        val_skill: share of deviance explained on the validation split after the epoch.
        learning_rate: the rate of the epoch's first step.
        gradient_norm: global norm of the gradients before clipping, averaged over the epoch's steps; NaN if
            there was none that mixed precision did not skip.
    """

    epoch: int
    loss: float
    val_loss: float
    skill: float
    val_skill: float
    learning_rate: float
    gradient_norm: float

    def is_finite(self) -> bool:
        """Whether losses and skills are all finite numbers."""
        return all(map(math.isfinite, (self.loss, self.val_loss, self.skill, self.val_skill)))


@dataclass(frozen=True)
class Outcome:
    """What one training measured.

    Attributes:
        skill: validation skill after the last epoch; NaN if it is not a finite number.
        train_skill: training skill of the last epoch; NaN if it is not a finite number.
        seconds: wall time of building, compiling and fitting.
        step_seconds: of it in training and validation steps that had been compiled; NaN if Keras' own `fit`
            ran them.
        parameters: number of trainable weights.
        curve: one record per epoch that was trained.
    """

    status: Status
    skill: float
    train_skill: float
    seconds: float
    parameters: int
    curve: tuple[EpochRecord, ...]
    step_seconds: float = math.nan

    @property
    def epochs(self) -> int:
        """Number of epochs that were trained, the last one possibly in part."""
        return len(self.curve)


@dataclass(frozen=True)
class Evaluation:
    """How good a model's predictions for one split are.

    Attributes:
        skill: share of deviance explained.
        metrics: further figures, in the target's units.
    """

    skill: float
    metrics: dict[str, float]
