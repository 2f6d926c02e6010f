"""What there is to log of a training that is over."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from remedy.search import TrialRecord
from remedy.training import Status
from remedy.wording.text import flatten

CURVES = {
    "loss": "loss/training",
    "val_loss": "loss/validation",
    "skill": "skill/training",
    "val_skill": "skill/validation",
    "learning_rate": "learning_rate",
    "gradient_norm": "gradient_norm",
}
"""Columns of a curve, and what TensorBoard calls them, which draws what stands before the stroke together."""


@dataclass(frozen=True)
class FinishedTraining:
    """A training that is over.

    Attributes:
        phase: the study it belongs to: search, baseline, confirmation or ablation.
        curve: a row per epoch, as in `curves.parquet`; empty if the training failed.
    """

    phase: str
    record: TrialRecord
    curve: pd.DataFrame

    @property
    def key(self) -> str:
        """Names it among all trainings of its study, also among those that `--fresh` has deleted."""
        return f"{self.phase}-{self.record.number}-{self.record.finished:%Y%m%dT%H%M%S%f}"

    @property
    def has_failed(self) -> bool:
        """Whether it could not be trained to its end."""
        return self.record.status is Status.FAILED

    def settings(self) -> dict[str, bool | int | float | str]:
        """The values of its recipe under dotted names."""
        return {
            name: value if isinstance(value, bool | int | float | str) else str(value)
            for name, value in flatten(self.record.recipe)
        }

    def points(self) -> Iterator[tuple[str, int, float]]:
        """Column, epoch and value of all that is finite in the curve."""
        for column in CURVES:
            for epoch, value in zip(self.curve["epoch"], self.curve[column], strict=True):
                if math.isfinite(value):
                    yield column, int(epoch), float(value)
