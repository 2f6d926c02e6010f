"""Scaling columns, fitted with scikit-learn and kept as one offset and one scale per column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
            steps as in `scaler.fit(values.reshape(-1, columns))`.

    Returns:
        The scaler.

    Raises:
        ConfigError: no such scaling.

    >>> fit_scaler("minmax", np.array([[2.0], [4.0]])).transform(np.array([[3.0]]))
    array([[0.5]], dtype=float32)
    """
    columns = values.shape[-1]
    if kind is None:
        return Scaler(None, np.zeros(columns), np.ones(columns))
    if kind not in _KINDS:
        raise ConfigError(f"unknown scaling '{kind}'; known are {', '.join(_KINDS)}")

    from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

    flat = values.reshape(-1, columns).astype(np.float64)
    if kind == "minmax":
        minmax = MinMaxScaler().fit(flat)
        return Scaler(kind, minmax.data_min_, 1 / minmax.scale_)
    if kind == "standard":
        standard = StandardScaler().fit(flat)
        return Scaler(kind, standard.mean_, standard.scale_)
    robust = RobustScaler().fit(flat)
    return Scaler(kind, robust.center_, robust.scale_)
