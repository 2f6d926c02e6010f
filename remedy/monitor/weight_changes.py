"""Compares the weights before and after a training step, every so many steps."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from remedy.monitor.model_facts import WatchedLayer

SAMPLES = 25
"""Medians are over this many of the last samples."""

_LARGEST = 1_000_000
"""Of larger arrays only the first rows are compared, about this many numbers."""


class WeightChanges:
    """How far single steps move the largest weight array of every layer."""

    def __init__(self, layers: Sequence[WatchedLayer]) -> None:
        self._largest = {layer.name: max(layer.variables, key=_size) for layer in layers}
        self._before: dict[str, NDArray[np.floating]] = {}
        self._ratios: dict[str, deque[float]] = {name: deque(maxlen=SAMPLES) for name in self._largest}
        self._moved: set[str] = set()
        self.samples = 0

    def before(self) -> None:
        """Remember the weights; the next call is `after`."""
        self._before = {name: _values(variable) for name, variable in self._largest.items()}

    def after(self, steps: int) -> None:
        """Compare them with those after so many steps."""
        self.samples += 1
        for name, before in self._before.items():
            change = float(np.linalg.norm(_values(self._largest[name]) - before))
            size = float(np.linalg.norm(before))
            self._moved |= {name} if change != 0 else set()
            # Mixed precision and the accumulation of gradients leave out steps: they are no updates.
            if change > 0 and size > 0 and math.isfinite(change / size):
                self._ratios[name].append(math.log10(change / size / steps))
        self._before = {}

    def ratio(self, name: str) -> float | None:
        """The median of the layer's last update ratios, as `log10`; minus infinity if it never moved."""
        if name not in self._moved:
            return -math.inf
        ratios = self._ratios[name]
        return float(np.median(ratios)) if ratios else None


def layers_that_are_not_finite(layers: Sequence[WatchedLayer]) -> tuple[str, ...]:
    """The layers with a NaN or an infinite number among their trainable weights."""
    return tuple(
        layer.name
        for layer in layers
        if not all(np.isfinite(ops.convert_to_numpy(variable)).all() for variable in layer.variables)
    )


def _size(variable: Any) -> int:
    return math.prod(variable.shape)


def _values(variable: Any) -> NDArray[np.floating]:
    value = variable.value
    if _size(variable) > _LARGEST:
        value = value[: max(1, _LARGEST // math.prod(variable.shape[1:]))]
    return np.asarray(ops.convert_to_numpy(value), np.float32).ravel()
