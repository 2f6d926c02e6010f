"""What a model's output can be: the activation that comes last, and the values that it can return."""

from __future__ import annotations

import math
from dataclasses import dataclass

from remedy.plan import Plan
from remedy.surgery.graph import OUTPUT, Graph
from remedy.surgery.layers import (
    ACTIVATIONS,
    CONVOLUTION_NOISES,
    GLOBAL_POOLINGS,
    NOISES,
    POOLINGS,
    Kind,
    activation_name,
    class_of,
    config,
    kind,
    layer_activation,
    wraps,
)
from remedy.surgery.wires import Path

_PASSED = NOISES | CONVOLUTION_NOISES | POOLINGS | GLOBAL_POOLINGS | {"Flatten", "Reshape", "Identity"}

_RANGES = {
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "hard_tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "relu": (0.0, math.inf),
    "relu6": (0.0, 6.0),
    "softplus": (0.0, math.inf),
    "squareplus": (0.0, math.inf),
    "exponential": (0.0, math.inf),
    "elu": (-1.0, math.inf),
    "selu": (-1.7581, math.inf),
    "silu": (-0.2785, math.inf),
    "swish": (-0.2785, math.inf),
    "gelu": (-0.17, math.inf),
    "mish": (-0.3089, math.inf),
    "log_softmax": (-math.inf, 0.0),
    "log_sigmoid": (-math.inf, 0.0),
    "linear": (-math.inf, math.inf),
    "leaky_relu": (-math.inf, math.inf),
}


@dataclass(frozen=True)
class Output:
    """The end of a model.

    Attributes:
        layer: name of the last layer with a kernel.
        units: of that layer; `None` if it does not say.
        activation: the last one that is not linear; `None` if it is of the user's own, or no name says all
            about it.
    """

    layer: str
    units: int | None
    activation: str | None

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The least and the largest value that can come out; `None` if the activation is not known."""
        return _RANGES.get(self.activation or "")


def output_of(plan: Plan) -> Output | None:
    """The only output of the plan's model; `None` if there are several, or it comes out of something else."""
    graph = Graph(plan.model)
    acting: str | None = "linear"
    before = graph.producers[OUTPUT]
    while len(before) == 1:
        (path,) = before
        layer = graph.layers[path]
        if kind(layer):
            units = config(layer).get("units", config(layer).get("filters"))
            return Output(layer.name, units, _own(graph, path) if acting == "linear" else acting)
        if class_of(layer) in ACTIVATIONS:
            acting = layer_activation(layer) if acting == "linear" else acting
        elif class_of(layer) not in _PASSED:
            return None
        before = graph.producers[path]
    return None


def _own(graph: Graph, path: Path) -> str | None:
    layer = graph.layers[path]
    if wraps(layer, "Bidirectional"):
        return None  # the sum of two directions has another range
    default = "tanh" if kind(layer) is Kind.RECURRENT else "linear"
    return activation_name(config(layer).get("activation", default))
