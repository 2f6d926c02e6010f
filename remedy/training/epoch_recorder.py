"""The callback that records every epoch of a running `fit`, and ends it when it is pointless to go on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from remedy.training.outcome import EpochRecord
from remedy.training.skill_metric import Skill


class EpochRecorder(keras.callbacks.Callback):
    """Records every epoch; stops the training when it diverges or when `on_epoch` says so.

    Args:
        optimizer: what `trial_optimizer` gave; the model may hold it inside another that scales the loss.
        skill: the compiled metric, whose reference is switched between the splits.
        train_reference: the best constant's error per output on the training split.
        validation_reference: the same on the validation split.
        on_epoch: called with each record; a false answer stops the training.

    Attributes:
        records: one per epoch so far.
        finite: whether loss and weights were finite numbers so far.
        stopped: whether `on_epoch` ended the training.
    """

    def __init__(
        self,
        optimizer: Any,
        skill: Skill,
        train_reference: NDArray[np.float64],
        validation_reference: NDArray[np.float64],
        on_epoch: Callable[[EpochRecord], bool],
    ) -> None:
        super().__init__()
        self._optimizer = optimizer
        self._skill = skill
        self._train_reference = train_reference
        self._validation_reference = validation_reference
        self._on_epoch = on_epoch
        self._learning_rate = math.nan
        self.records: list[EpochRecord] = []
        self.finite = True
        self.stopped = False

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Get ready for the epoch's training steps."""
        del epoch, logs
        self._skill.reference.assign(self._train_reference)
        # Read before the epoch: a schedule changes it at the epoch's end.
        self._learning_rate = float(ops.convert_to_numpy(self._optimizer.learning_rate))
        self._optimizer.reset_gradient_norm()

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Stop at the first step whose loss is not a finite number."""
        del batch
        if not math.isfinite(float((logs or {})["loss"])):
            self.finite = False
            self.model.stop_training = True

    def on_test_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Get ready for the validation steps."""
        del logs
        self._skill.reference.assign(self._validation_reference)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Record the epoch and ask whether to go on."""
        logs = logs or {}
        record = EpochRecord(
            epoch=epoch + 1,
            loss=float(logs["loss"]),
            val_loss=float(logs["val_loss"]),
            skill=float(logs["skill"]),
            val_skill=float(logs["val_skill"]),
            learning_rate=self._learning_rate,
            gradient_norm=self._optimizer.mean_gradient_norm(),
        )
        self.records.append(record)
        self.finite = self.finite and record.is_finite() and self._weights_are_finite()
        if not self.finite:
            self.model.stop_training = True
        elif not self._on_epoch(record):
            self.stopped = True
            self.model.stop_training = True

    def _weights_are_finite(self) -> bool:
        return all(np.isfinite(weights).all() for weights in self.model.get_weights())
