"""What a plan does to X and y before training, fitted to the training split and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.data.dataset import Split
from remedy.data.scaling import Scaler, fit_scaler
from remedy.plan import Preprocessing


@dataclass(frozen=True)
class Preprocessor:
    """The fitted preprocessing of one plan: X and y have a scaler each.

    Attributes:
        input_scaler: scales X per feature.
        target_scaler: scales y per output.
    """

    input_scaler: Scaler
    target_scaler: Scaler

    def inputs(self, X: NDArray[np.floating]) -> NDArray[np.float32]:
        """The X that the model gets: float32, same shape."""
        return self.input_scaler.transform(X)

    def targets(self, y: NDArray[Any]) -> NDArray[Any]:
        """The y that the model is trained on: same shape, float32 unless they are class indices."""
        return self.target_scaler.transform(y)

    def inverse_targets(self, y: NDArray[Any]) -> NDArray[Any]:
        """Predictions `(samples, outputs)` in the target's own units."""
        return self.target_scaler.inverse_transform(y)

    @property
    def target_scale(self) -> NDArray[np.float64]:
        """One scaled unit in the target's own units, float64 `(outputs,)`; 1 if y is not scaled."""
        return self.target_scaler.scale

    def to_plain(self) -> dict[str, Any]:
        """The preprocessing as JSON data."""
        return {"inputs": self.input_scaler.to_plain(), "targets": self.target_scaler.to_plain()}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Preprocessor:
        """The preprocessing that `to_plain` wrote."""
        return cls(Scaler.from_plain(plain["inputs"]), Scaler.from_plain(plain["targets"]))


def fit_preprocessing(preprocessing: Preprocessing, train: Split) -> Preprocessor:
    """Fit a plan's preprocessing to the training split.

    Args:
        preprocessing: the plan's.
        train: the training split, unscaled.

    Returns:
        The fitted preprocessing, for all three splits.

    Raises:
        ConfigError: no such scaling.
    """
    return Preprocessor(
        fit_scaler(preprocessing.scaling, train.X), fit_scaler(preprocessing.target_scaling, train.y)
    )
