"""What is done to one input of a model: missing values filled in, features scaled, padding marked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.data.chunks import SAMPLE_ROWS, feature_count, feature_rows, is_within, sample_slices
from remedy.data.imputation import Imputer, fit_imputer
from remedy.data.scaling import Scaler, fit_scaler_to_parts
from remedy.data.wording import quoted
from remedy.errors import DataError
from remedy.plan import Preprocessing


@dataclass(frozen=True)
class InputPreprocessor:
    """The fitted preprocessing of one input.

    Attributes:
        scaler: of the features, the last axis; `None` if the input holds tokens, which stay as they are.
        imputer: fills in missing values before they are scaled; `None` leaves them missing.
        mask_value: what padded steps hold in the end; `None` if the input is never padded.
    """

    scaler: Scaler | None
    imputer: Imputer | None = None
    mask_value: float | None = None

    def transform(self, values: NDArray[Any], lengths: NDArray[np.int64] | None = None) -> NDArray[Any]:
        """What the model gets of values `(samples, ..., features)`: float32, or int32 for tokens."""
        if self.scaler is None:
            return values.astype(np.int32)
        transformed = np.empty(values.shape, np.float32)
        for part in sample_slices(values):
            transformed[part] = self.scaler.transform(self._impute(values[part]))
        if self.mask_value is not None and lengths is not None:
            transformed[~is_within(values, lengths)] = self.mask_value
        return transformed

    def to_plain(self) -> dict[str, Any]:
        """The preprocessing as JSON data."""
        plain: dict[str, Any] = {"tokens": True} if self.scaler is None else self.scaler.to_plain()
        if self.imputer is not None:
            plain["imputation"] = self.imputer.to_plain()
        if self.mask_value is not None:
            plain["mask_value"] = self.mask_value
        return plain

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> InputPreprocessor:
        """The preprocessing that `to_plain` wrote."""
        return cls(
            None if "tokens" in plain else Scaler.from_plain(plain),
            Imputer.from_plain(plain["imputation"]) if "imputation" in plain else None,
            plain.get("mask_value"),
        )

    def _impute(self, values: NDArray[Any]) -> NDArray[np.floating]:
        if not np.issubdtype(values.dtype, np.floating):
            values = values.astype(np.float64)
        return values if self.imputer is None else self.imputer.transform(values)


def fit_input(
    name: str,
    preprocessing: Preprocessing,
    values: NDArray[Any],
    lengths: NDArray[np.int64] | None,
    *,
    chunk_bytes: int,
) -> InputPreprocessor:
    """Fit the preprocessing of one input.

    Args:
        name: the input's.
        preprocessing: the plan's.
        values: training samples, `(samples, ..., features)`.
        lengths: int64 `(samples,)`, how many steps of each are no padding; `None` if none is padded. Padding
            is left out of account.
        chunk_bytes: see `fit_preprocessing`.

    Returns:
        The fitted preprocessing.

    Raises:
        ConfigError: no such scaling or imputation.
        DataError: an input of tokens holds something else than whole numbers from 0.
    """
    if name in preprocessing.tokens:
        _check_tokens(name, values)
        return InputPreprocessor(None)
    padded = lengths if has_padding(values) else None
    columns = feature_count(values, padded=padded is not None)
    rows = values.size // columns
    every = math.ceil(rows / SAMPLE_ROWS) if values.size * 8 > chunk_bytes else 1

    def parts(imputer: Imputer | None = None) -> Iterator[NDArray[np.float64]]:
        for part in sample_slices(values, chunk_bytes):
            chunk = values[part] if imputer is None else imputer.transform(values[part].astype(np.float64))
            yield feature_rows(chunk, None if padded is None else padded[part])

    imputer = (
        fit_imputer(preprocessing.imputation, parts(), every=every) if preprocessing.imputation else None
    )
    scaler = fit_scaler_to_parts(preprocessing.scaling, columns, parts(imputer), every=every)
    return InputPreprocessor(scaler, imputer, None if padded is None else preprocessing.mask_value)


def has_padding(values: NDArray[Any]) -> bool:
    """Whether lengths of a split's samples concern an input, that is whether it has an axis of steps.

    Fractions `(samples, features)` have none, integers `(samples, steps)` do.
    """
    return values.ndim > 2 or (values.ndim == 2 and np.issubdtype(values.dtype, np.integer))


def _check_tokens(name: str, values: NDArray[Any]) -> None:
    for part in sample_slices(values):
        chunk = values[part]
        wrong = ~((chunk >= 0) & (chunk < 2**31) & (chunk == np.floor(chunk)))
        if wrong.any():
            raise DataError(
                f"input {quoted(name)} goes into an Embedding, which takes whole numbers from 0, but it "
                f"holds {chunk[wrong][0]:g}; number its tokens from 0"
            )
