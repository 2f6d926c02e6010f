"""Fix: another activation in the hidden layers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import Choice, Fixed, Space
from remedy.plan import Change, Layer, Plan, diff
from remedy.surgery.graph import OUTPUT, Graph, changing_layers_fails, keeps_weights
from remedy.surgery.initializers import normal_form
from remedy.surgery.layers import (
    ACTIVATIONS,
    CONVOLUTION_NOISES,
    GLOBAL_POOLINGS,
    NOISES,
    NORMALISATIONS,
    POOLINGS,
    RESIZINGS,
    Config,
    Kind,
    activation_layer,
    activation_name,
    class_of,
    config,
    core,
    edit,
    kernel_arguments,
    kind,
    with_activation,
)
from remedy.surgery.wires import Path, map_layers

_PASSED = (
    NORMALISATIONS
    | NOISES
    | CONVOLUTION_NOISES
    | POOLINGS
    | GLOBAL_POOLINGS
    | RESIZINGS
    | {"Flatten", "InputLayer"}
)
_SHAPED = frozenset(
    {"BroadcastTo", "ExpandDims", "Permute", "Repeat", "RepeatVector", "Reshape", "Squeeze", "Transpose"}
)
"""Layers and operations that give values another shape and leave them as they are."""

_GATES = frozenset({"Dot", "Einsum", "Matmul", "Multiply"})


class Activation(Fix):
    """Another activation in the hidden layers, and the bounded ones that recurrent layers are made for.

    Layers whose output multiplies another one are gates and stay, as do frozen layers, and linear ones that
    feed anything but the next layer with a kernel, such as a sum.
    """

    name = "activation"
    stage = Stage.MODEL
    new_graph = True
    value_type = Literal["tanh", "relu", "elu"]
    space = Choice((Fixed("tanh"), Fixed("relu"), Fixed("elu")))
    changes = (
        "Sets the activation of every hidden dense and convolution layer, in the layer or in the activation "
        "layer behind it, also where there was none; with relu, kernels that start from Keras' default start "
        "from he_normal. Hidden recurrent layers get tanh, and sigmoid for their gates, whatever the value."
    )
    helps_when = (
        "Hidden units are dead (relu) or saturated (sigmoid, tanh), layers without an activation collapse "
        "into one, or an unbounded activation inside a recurrent layer lets its state explode."
    )
    source = (
        "Clevert, Unterthiner and Hochreiter, Fast and Accurate Deep Network Learning by Exponential Linear "
        "Units (2016), https://arxiv.org/abs/1511.07289; He et al., Delving Deep into Rectifiers (2015), "
        "https://arxiv.org/abs/1502.01852"
    )

    def default_space(self, plan: Plan) -> Space:
        """Tanh alone, which means recurrent layers as Keras makes them, unless there are others."""
        graph = Graph(plan.model)
        return self.space if any(_places(graph, path) for path in _open(graph, *_OTHERS)) else Fixed("tanh")

    def not_applicable(self, plan: Plan) -> str | None:
        """A model without hidden layers has no activation that is free to choose."""
        if reason := changing_layers_fails(plan):
            return reason
        graph = Graph(plan.model)
        if _open(graph, Kind.RECURRENT) or any(_places(graph, path) for path in _open(graph, *_OTHERS)):
            return None
        return "the model has no hidden layer whose activation could be another one"

    def cause(self, plan: Plan, value: Literal["tanh", "relu", "elu"]) -> str:
        """What the activation of the hidden layers was."""
        before = _before(diff(plan, self.apply(plan, value)))
        if before == ["linear"]:
            return "hidden layers had no activation"
        return f"the activation of hidden layers was {' or '.join(before) or value}"

    def cure(self, plan: Plan, value: Literal["tanh", "relu", "elu"]) -> str:  # noqa: ARG002
        """What it is."""
        return f"{value} in the hidden layers"

    def apply(self, plan: Plan, value: Literal["tanh", "relu", "elu"]) -> Plan:
        """The plan whose hidden layers have the activation `value`."""
        graph = Graph(plan.model)
        recurrent = set(_open(graph, Kind.RECURRENT))
        places = {path: set(_places(graph, path)) for path in _open(graph, *_OTHERS)}
        activated = set().union(*places.values())
        he = {path for path, own in places.items() if own and value == "relu" and not keeps_weights(plan)}

        def change(path: Path, layer: Layer) -> Layer:
            if path in recurrent:
                return _bounded(layer)
            if path in activated and class_of(layer) in ACTIVATIONS:
                return activation_layer(layer, value)
            if path in activated:
                layer = with_activation(layer, "activation", value, default="linear")
            return _he(layer) if path in he else layer

        return plan.replace(model=map_layers(plan.model, change))


_OTHERS = (Kind.CONVOLUTION, Kind.DENSE)


def _open(graph: Graph, *kinds: Kind) -> list[Path]:
    return [path for path in graph.hidden(*kinds) if path not in graph.frozen]


def _places(graph: Graph, path: Path) -> list[Path]:
    """The layers that hold the activation of a dense or convolution layer; none if it has to stay."""
    if _is_gate(graph, path, set()):
        return []
    ways = list(_ways(graph, path, set()))
    if activation_name(config(graph.layers[path]).get("activation")) != "linear":
        return [path]
    separate = [end for end in ways if end != OUTPUT and class_of(graph.layers[end]) in ACTIVATIONS]
    if separate:
        return [end for end in separate if end not in graph.tails]
    feeds_kernels_only = ways and all(end != OUTPUT and kind(graph.layers[end]) for end in ways)
    return [path] if feeds_kernels_only else []


def _is_gate(graph: Graph, path: Path, seen: set[Path]) -> bool:
    """Whether what a layer returns, activated, passed on or in another shape, multiplies something."""
    for consumer in graph.consumers[path]:
        if consumer == OUTPUT or consumer in seen:
            continue
        layer = graph.layers[consumer]
        if layer.class_name in _GATES:
            return True
        passes = class_of(layer) in _PASSED | ACTIVATIONS or layer.class_name in _SHAPED
        if passes and _is_gate(graph, consumer, seen | {consumer}):
            return True
    return False


def _ways(graph: Graph, path: Path, seen: set[Path]) -> Iterator[Path]:
    """The first layers behind this one that do more than normalise, pool or drop."""
    for consumer in graph.consumers[path]:
        if consumer != OUTPUT and class_of(graph.layers[consumer]) in _PASSED:
            if consumer not in seen:
                yield from _ways(graph, consumer, seen | {consumer})
        else:
            yield consumer


def _before(changes: Iterable[Change]) -> list[str]:
    """The activations that are changed: their names, or the classes of the layers that compute them."""
    names: dict[str, None] = {}
    for change in changes:
        if change.path.endswith("activation"):
            names[activation_name(change.before) or "a function of its own"] = None
        elif change.path.endswith("class_name"):
            names[str(change.before)] = None
    return [*names]


def _bounded(layer: Layer) -> Layer:
    layer = with_activation(layer, "activation", "tanh", default="tanh")
    if core(layer) == "SimpleRNN":
        return layer
    return with_activation(layer, "recurrent_activation", "sigmoid", default="sigmoid")


def _he(layer: Layer) -> Layer:
    default = normal_form("glorot_uniform")
    names = kernel_arguments(layer)

    def change(arguments: Config) -> Config:
        untouched = [name for name in names if normal_form(arguments.get(name, "glorot_uniform")) == default]
        return arguments | dict.fromkeys(untouched, "he_normal")

    return edit(layer, change)
