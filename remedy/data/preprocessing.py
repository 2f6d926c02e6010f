"""What a plan does to X and y before training, fitted to the training split and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.data.chunks import CHUNK_BYTES
from remedy.data.dataset import ONLY_INPUT, Inputs, Split, like_inputs, named_inputs
from remedy.data.input_preprocessing import InputPreprocessor, fit_input
from remedy.data.scaling import Scaler, fit_scaler
from remedy.plan import Preprocessing


@dataclass(frozen=True)
class Preprocessor:
    """The fitted preprocessing of one plan.

    Attributes:
        by_name: what is done to each input; a single unnamed one is called `X`.
        target_scaler: scales y per output.
    """

    by_name: Mapping[str, InputPreprocessor]
    target_scaler: Scaler

    def inputs(self, X: Inputs, lengths: NDArray[np.int64] | None = None) -> Inputs:
        """The X that the model gets.

        Args:
            X: one array or several by name, as the split that was fitted to has them.
            lengths: int64 `(samples,)`, how many steps of each sample are no padding; `None`: all.

        Returns:
            Arrays of the same shape, float32; int32 where they hold tokens.
        """
        arrays = named_inputs(X)
        return like_inputs(
            X, {name: self.by_name[name].transform(array, lengths) for name, array in arrays.items()}
        )

    def targets(self, y: NDArray[Any]) -> NDArray[Any]:
        """The y that the model is trained on: same shape, float32 unless they are class indices."""
        return self.target_scaler.transform(y)

    def inverse_targets(self, y: NDArray[Any]) -> NDArray[Any]:
        """Predictions `(samples, outputs)` or `(samples, steps, outputs)` in the target's own units."""
        return self.target_scaler.inverse_transform(y)

    @property
    def target_scale(self) -> NDArray[np.float64]:
        """One scaled unit in the target's own units, float64 `(outputs,)`; 1 if y is not scaled."""
        return self.target_scaler.scale

    def to_plain(self) -> dict[str, Any]:
        """The preprocessing as JSON data; several inputs are listed by name under `inputs_by_name`."""
        inputs = {name: one.to_plain() for name, one in self.by_name.items()}
        key, value = (
            ("inputs", inputs[ONLY_INPUT]) if list(inputs) == [ONLY_INPUT] else ("inputs_by_name", inputs)
        )
        return {key: value, "targets": self.target_scaler.to_plain()}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Preprocessor:
        """The preprocessing that `to_plain` wrote."""
        inputs = plain["inputs_by_name"] if "inputs_by_name" in plain else {ONLY_INPUT: plain["inputs"]}
        return cls(
            {name: InputPreprocessor.from_plain(one) for name, one in inputs.items()},
            Scaler.from_plain(plain["targets"]),
        )


def fit_preprocessing(
    preprocessing: Preprocessing, train: Split, *, chunk_bytes: int = CHUNK_BYTES
) -> Preprocessor:
    """Fit a plan's preprocessing to the training split.

    Class indices are never scaled.

    Args:
        preprocessing: the plan's.
        train: the training split, unscaled.
        chunk_bytes: arrays larger than this, as float64, are gone through in parts; medians and quartiles are
            then those of a sample of at most `SAMPLE_ROWS` rows, evenly spread.

    Returns:
        The fitted preprocessing, for all three splits.

    Raises:
        ConfigError: no such scaling or imputation.
        DataError: an input of tokens holds something else than whole numbers from 0.
    """
    by_name = {
        name: fit_input(name, preprocessing, array, train.lengths, chunk_bytes=chunk_bytes)
        for name, array in named_inputs(train.X).items()
    }
    scales_targets = np.issubdtype(train.y.dtype, np.floating)
    return Preprocessor(
        by_name, fit_scaler(preprocessing.target_scaling if scales_targets else None, train.y)
    )
