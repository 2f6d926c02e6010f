"""What a model does itself about the scale of its inputs and outputs."""

from __future__ import annotations

from remedy.plan import Layer, Plan
from remedy.surgery.graph import OUTPUT, Graph
from remedy.surgery.layers import (
    ACTIVATIONS,
    CONVOLUTION_NOISES,
    NOISES,
    NORMALISATIONS,
    POOLINGS,
    RESIZINGS,
    Kind,
    activation_name,
    class_of,
    config,
    kind,
    layer_activation,
)
from remedy.surgery.losses import loss_text
from remedy.surgery.wires import Path
from remedy.training.measurements import Measurements

_SCALING = NORMALISATIONS | {"Normalization", "Rescaling", "Discretization", "CategoryEncoding", "Hashing"}
_KEEPING_SCALE = (
    NOISES
    | CONVOLUTION_NOISES
    | POOLINGS
    | RESIZINGS
    | {"InputLayer", "Reshape", "Flatten", "Permute", "RepeatVector", "Masking", "Concatenate", "Dropout"}
)
_KEEPING_OPERATIONS = frozenset({"GetItem", "Reshape", "Transpose", "ExpandDims", "Squeeze", "Concatenate"})
_FOR_ANY_SIGN = frozenset(
    {"mse", "MSE", "mean_squared_error", "mae", "MAE", "mean_absolute_error", "huber", "log_cosh"}
)


def scales_input(plan: Plan, name: str, measured: Measurements | None) -> bool:
    """Whether a model scales one of its inputs before anything else works with it.

    Operations and layers of the user's own count as scaling, since `x / 255` is one of them.

    Args:
        plan: the training's.
        name: of the input; if no input layer has that name, all inputs have to be scaled.
        measured: tells the first layer of a model that cannot be described.
    """
    if plan.model.opaque is not None:
        return measured is not None and any(layer.class_name in _SCALING for layer in measured.layers[:1])
    graph = Graph(plan.model)
    starts = [path for path in graph.layers if not graph.producers[path]]
    named = [path for path in starts if path[-1] == name]
    return bool(starts) and all(_is_scaled(graph, path) for path in named or starts)


def scales_output(plan: Plan) -> bool:
    """Whether a layer behind the last kernel gives the output its scale."""
    graph = Graph(plan.model)
    return any(class_of(graph.layers[path]) in {"Rescaling", "Normalization"} for path in graph.tails)


def takes_any_target(plan: Plan) -> bool:
    """Whether output and loss can do with targets of either sign; `False` where that cannot be told."""
    graph = Graph(plan.model)
    if not graph.heads or not all(map(_is_linear, (graph.layers[p] for p in graph.heads | graph.tails))):
        return False
    return loss_text(plan.loss) in _FOR_ANY_SIGN


def _is_scaled(graph: Graph, path: Path) -> bool:
    layer = graph.layers[path]
    if class_of(layer) in _SCALING:
        return True
    if class_of(layer) is None:
        return layer.class_name not in _KEEPING_OPERATIONS or _consumers_scale(graph, path)
    return class_of(layer) in _KEEPING_SCALE and _consumers_scale(graph, path)


def _consumers_scale(graph: Graph, path: Path) -> bool:
    consumers = graph.consumers[path]
    return bool(consumers) and all(to != OUTPUT and _is_scaled(graph, to) for to in consumers)


def _is_linear(layer: Layer) -> bool:
    if class_of(layer) in ACTIVATIONS:
        return layer_activation(layer) == "linear"
    if kind(layer) is Kind.RECURRENT:
        return False
    return activation_name(config(layer).get("activation")) == "linear"
