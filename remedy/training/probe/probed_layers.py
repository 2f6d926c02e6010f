"""The layers of a model that hold weights, and the kernels that they start from."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from remedy.training.measurements import KernelRole, KernelStart

_GATES = {keras.layers.LSTMCell: 4, keras.layers.GRUCell: 3}


@dataclass(frozen=True)
class Kernel:
    """One kernel of a layer; the gates of an LSTM or GRU lie side by side in its last axis."""

    role: KernelRole
    variable: Any
    gates: int


@dataclass(frozen=True)
class ProbedLayer:
    """A layer with weights.

    Attributes:
        name: of nested models the path, `inner/dense`.
        layer: the Keras layer.
        parts: what does its work: the layers in both directions of a `Bidirectional`, the layer that another
            wrapper holds, else the layer itself.
    """

    name: str
    layer: Any
    parts: tuple[Any, ...]

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """The kernels of all parts."""
        return tuple(kernel for part in self.parts for kernel in _kernels(part))


def probed_layers(model: keras.Model) -> list[ProbedLayer]:
    """All layers with weights, those of nested models one by one, in Keras' order."""
    found = {id(probed.layer): probed for probed in _walk(model, "")}  # a layer may be used twice
    return list(found.values())


def kernel_start(kernel: Kernel) -> KernelStart:
    """What is to be told of a kernel before the first step."""
    weights: NDArray[Any] = np.asarray(ops.convert_to_numpy(kernel.variable), np.float64)
    receptive = math.prod(weights.shape[:-2])
    units = weights.shape[-1] // kernel.gates
    by_gate = weights.reshape(-1, kernel.gates, units)
    return KernelStart(
        role=kernel.role,
        shape=weights.shape,
        fan_in=weights.shape[-2] * receptive,
        fan_out=units * receptive,
        mean=float(weights.mean()),
        std=float(weights.std()),
        units_alike=units > 1 and bool((by_gate == by_gate[..., :1]).all()),
    )


def _walk(model: Any, prefix: str) -> Iterator[ProbedLayer]:
    for layer in model.layers:
        name = prefix + layer.name
        if isinstance(layer, keras.Model) and layer.layers:
            yield from _walk(layer, name + "/")
        elif layer.weights:
            yield ProbedLayer(name, layer, _parts(layer))


def _parts(layer: Any) -> tuple[Any, ...]:
    if isinstance(layer, keras.layers.Bidirectional):
        return layer.forward_layer, layer.backward_layer
    return (layer.layer,) if isinstance(layer, keras.layers.Wrapper) else (layer,)


def _kernels(layer: Any) -> Iterator[Kernel]:
    cell = getattr(layer, "cell", layer)
    gates = next((gates for kind, gates in _GATES.items() if isinstance(cell, kind)), 1)
    # Of other kernels with more axes, such as depthwise ones, the last axis is not the units.
    known = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D, keras.layers.EinsumDense)
    roles: tuple[KernelRole, ...] = ("kernel", "recurrent_kernel")
    for role in roles:
        kernel = getattr(cell, role, None)
        if isinstance(kernel, keras.Variable) and (len(kernel.shape) == 2 or isinstance(layer, known)):
            yield Kernel(role, kernel, gates)
