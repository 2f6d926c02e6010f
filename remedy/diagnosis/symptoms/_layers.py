"""What is known of the layers that a training measured, by their names."""

from __future__ import annotations

import math
from dataclasses import dataclass

from remedy.plan import Plan
from remedy.surgery.graph import OUTPUT, Graph
from remedy.surgery.layers import (
    ACTIVATIONS,
    NOISES,
    NORMALISATIONS,
    Kind,
    activation_name,
    class_of,
    config,
    kind,
    layer_activation,
)
from remedy.surgery.wires import Path
from remedy.training.measurements import LayerMeasurements, Measurements

SATURATING = frozenset({"sigmoid", "tanh", "softsign", "hard_sigmoid", "hard_tanh"})
"""Activations that are flat on both sides, so that large inputs let hardly any gradient through."""

RECTIFYING = frozenset({"relu", "relu6", "leaky_relu", "elu", "selu", "silu", "swish", "gelu", "mish"})
"""ReLU and its kin, for which He initialisation is made."""

LEAST_RATIO = 1e-3
LEAST_NORM = 1e-4
"""Below both of these the gradient of the first layer counts as vanished."""

_UNBOUNDED = RECTIFYING - {"relu6"} | {"linear", "softplus", "exponential"}
_PASSED = NORMALISATIONS | NOISES


@dataclass(frozen=True)
class GradientFlow:
    """How much of the gradient gets from the last layer to the first one.

    Attributes:
        first: the first trained layer with a kernel.
        last: the last one.
        ratio: norm of the gradient in the first layer over that in the last one; the larger one of before and
            after the measured steps.
        first_norm: norm of the first layer's gradient where the ratio was measured.
    """

    first: LayerMeasurements
    last: LayerMeasurements
    ratio: float
    first_norm: float

    @property
    def vanishes(self) -> bool:
        """Whether next to nothing of the gradient arrives at the first layer."""
        return self.ratio < LEAST_RATIO and self.first_norm < LEAST_NORM


def trained_kernels(measured: Measurements) -> list[LayerMeasurements]:
    """The layers whose kernels are trained, from input to output."""
    return [layer for layer in measured.layers if layer.trainable and layer.kernels]


def gradient_flow(measured: Measurements) -> GradientFlow | None:
    """The way of the gradient; `None` if it cannot be told, as with one layer or where none gets one."""
    layers = trained_kernels(measured)
    if len(layers) < 2:
        return None
    first, last = layers[0], layers[-1]
    norms = [
        (first.gradient_start, last.gradient_start),
        (first.gradient_end, last.gradient_end),
    ]
    ratios = [(one / other, one) for one, other in norms if math.isfinite(one) and 0 < other < math.inf]
    return GradientFlow(first, last, *max(ratios)) if ratios else None


def activations(plan: Plan) -> dict[str, str | None]:
    """The activation behind each layer with a kernel, in the layer or in the next one; as in Measurements,
    nested layers go by their path.
    """
    graph = Graph(plan.model)
    return {"/".join(path): _activation(graph, path) for path, layer in graph.layers.items() if kind(layer)}


def recurrent_layers(plan: Plan) -> dict[str, str | None]:
    """The activation inside each trained recurrent layer, by its path."""
    graph = Graph(plan.model)
    return {
        "/".join(path): activation_name(config(layer).get("activation", "tanh"))
        for path, layer in graph.layers.items()
        if kind(layer) is Kind.RECURRENT and path not in graph.frozen
    }


def unbounded_recurrence(plan: Plan) -> dict[str, str]:
    """Of the recurrent layers those whose activation has no upper end."""
    return {name: own for name, own in recurrent_layers(plan).items() if own in _UNBOUNDED}


def _activation(graph: Graph, path: Path) -> str | None:
    layer = graph.layers[path]
    default = "tanh" if kind(layer) is Kind.RECURRENT else "linear"
    own = activation_name(config(layer).get("activation", default))
    following = path
    while own == "linear" and (after := graph.next_layer(following)) not in {None, OUTPUT}:
        assert after is not None  # noqa: S101 - said in the line above
        following = after
        if class_of(graph.layers[after]) in ACTIVATIONS:
            return layer_activation(graph.layers[after])
        if class_of(graph.layers[after]) not in _PASSED:
            break
    return own
