"""Scaling columns, fitted with scikit-learn and kept as one offset and one scale per column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remedy.data.chunks import feature_rows
from remedy.errors import ConfigError

_KINDS = ("minmax", "standard", "robust")


@dataclass(frozen=True)
class Scaler:
    """An affine map per column, `scaled = (x - offset) / scale`.

    Attributes:
        kind: the scaling's name; `None` leaves values as they are.
        offset: float64 `(columns,)`.
        scale: float64 `(columns,)`; 1 for a column that never varies.
    """

    kind: str | None
    offset: NDArray[np.float64]
    scale: NDArray[np.float64]

    def transform(self, values: NDArray[Any]) -> NDArray[Any]:
        """Scale values `(..., columns)`; fractions become float32 only now, class indices stay integers."""
        if self.kind is not None:
            values = (values - self.offset) / self.scale
        return values.astype(np.float32) if np.issubdtype(values.dtype, np.floating) else values

    def inverse_transform(self, values: NDArray[Any]) -> NDArray[Any]:
        """Undo `transform`, in float64."""
        if self.kind is None:
            return values
        return values.astype(np.float64) * self.scale + self.offset

    def to_plain(self) -> dict[str, Any]:
        """The scaler as JSON data."""
        return {"kind": self.kind, "offset": self.offset.tolist(), "scale": self.scale.tolist()}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Scaler:
        """The scaler that `to_plain` wrote."""
        offset, scale = (np.array(plain[key], dtype=np.float64) for key in ("offset", "scale"))
        return cls(plain["kind"], offset, scale)


def fit_scaler(kind: str | None, values: NDArray[Any]) -> Scaler:
    """Fit a scaler to training values.

    Args:
        kind: `minmax` maps each column to [0, 1], `standard` to mean 0 and standard deviation 1, `robust` to
            median 0 and interquartile range 1; `None` changes nothing.
        values: `(samples, columns)`, or `(samples, length, columns)`, which is flattened over samples and
            steps as in `scaler.fit(values.reshape(-1, columns))`. NaN is left out of account.

    Returns:
        The scaler.

    Raises:
        ConfigError: no such scaling.

    >>> fit_scaler("minmax", np.array([[2.0], [4.0]])).transform(np.array([[3.0]]))
    array([[0.5]], dtype=float32)
    """
    return fit_scaler_to_parts(kind, values.shape[-1], [feature_rows(values)])


def fit_scaler_to_parts(
    kind: str | None, columns: int, parts: Iterable[NDArray[np.float64]], *, every: int = 1
) -> Scaler:
    """Fit a scaler to training values that come in parts, as `fit_scaler` does to all of them at once.

    Args:
        kind: see `fit_scaler`.
        columns: their number.
        parts: one after the other, float64 `(rows, columns)`; not looked at if `kind` is `None`.
        every: `robust` sorts every so many rows only, for values too many to be sorted.

    Returns:
        The scaler.

    Raises:
        ConfigError: no such scaling.
    """
    if kind is None:
        return Scaler(None, np.zeros(columns), np.ones(columns))
    if kind not in _KINDS:
        raise ConfigError(f"unknown scaling '{kind}'; known are {', '.join(_KINDS)}")

    from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

    if kind == "robust":
        robust = RobustScaler().fit(np.concatenate([part[::every] for part in parts]))
        return Scaler(kind, robust.center_, robust.scale_)
    fitted = MinMaxScaler() if kind == "minmax" else StandardScaler()
    for part in parts:
        fitted.partial_fit(part)
    if kind == "minmax":
        return Scaler(kind, fitted.data_min_, 1 / fitted.scale_)
    return Scaler(kind, fitted.mean_, fitted.scale_)
