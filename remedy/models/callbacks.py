"""Callbacks that Keras lacks and that a plan may name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras


class CyclicalLearningRate(keras.callbacks.Callback):
    """Lets the learning rate swing between two values, in straight lines, step by step.

    Each cycle climbs from `base` to `peak` in its first half and falls back in its second: the triangular
    policy of Smith, Cyclical Learning Rates for Training Neural Networks, 2017,
    https://arxiv.org/abs/1506.01186.

    Args:
        base: the lowest rate, with which the training starts.
        peak: the highest rate.
        epochs: length of a cycle.
    """

    def __init__(self, base: float, peak: float, epochs: float) -> None:
        super().__init__()
        self._base = base
        self._peak = peak
        self._epochs = epochs
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Set the rate of the epoch's first step, for callbacks that read it now."""
        del logs
        self._epoch = epoch
        self._set_rate(0.0)

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Set the step's rate."""
        del logs
        self._set_rate(batch / self.params["steps"])

    def _set_rate(self, share_of_epoch: float) -> None:
        position = (self._epoch + share_of_epoch) / self._epochs % 1
        height = 1 - abs(2 * position - 1)
        self.model.optimizer.learning_rate = self._base + (self._peak - self._base) * height
