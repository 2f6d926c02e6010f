"""Fix: batch normalisation after every hidden layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import Fixed
from remedy.plan import Layer, Model, Plan
from remedy.surgery.graph import OUTPUT, Graph, changing_layers_fails
from remedy.surgery.layers import Kind, class_of, config, core, free_name, is_normalisation, kind, wraps
from remedy.surgery.wires import Path, insert_behind, map_model


class BatchNormalization(Fix):
    """A BatchNormalization layer directly after every hidden layer that no normalisation follows yet.

    Keras' layer passes masks on and leaves masked steps out of its statistics. Of a recurrent layer that
    returns its states only the output is normalised.
    """

    name = "batch_normalization"
    stage = Stage.MODEL
    new_graph = True
    value_type = Literal[True]
    space = Fixed(True)
    changes = (
        "Puts a BatchNormalization layer directly after every hidden recurrent, convolution or dense layer "
        "that has no normalisation behind it yet; the output layer stays as it is."
    )
    helps_when = (
        "Signals shrink, grow or drift from layer to layer: vanishing gradients in a deep stack, saturated "
        "or dead units."
    )
    source = (
        "Ioffe and Szegedy, Batch Normalization: Accelerating Deep Network Training by Reducing Internal "
        "Covariate Shift (2015), https://arxiv.org/abs/1502.03167"
    )

    def not_applicable(self, plan: Plan) -> str | None:
        """A model without hidden layers has no place for it."""
        if reason := changing_layers_fails(plan):
            return reason
        graph = Graph(plan.model)
        if any(_has_room(graph, path) for path in graph.hidden()):
            return None
        return "the model has no hidden layer that a normalisation could follow"

    def cause(self, plan: Plan, value: Literal[True]) -> str:  # noqa: ARG002
        """That layers had no normalisation behind them."""
        if any(map(is_normalisation, Graph(plan.model).layers.values())):
            return "not every hidden layer was normalised"
        return "nothing normalised what flows between the layers"

    def cure(self, plan: Plan, value: Literal[True]) -> str:  # noqa: ARG002
        """The layers that are added."""
        return "batch normalisation"

    def apply(self, plan: Plan, value: Literal[True]) -> Plan:  # noqa: ARG002
        """The plan with the normalisation layers that were missing."""
        graph = Graph(plan.model)
        model = plan.model
        for path in graph.hidden():
            if _has_room(graph, path) and not _is_normalised(graph, graph.first_output[path], set()):
                model = _normalised(model, path)
        return plan.replace(model=model)


def _has_room(graph: Graph, path: Path) -> bool:
    """Whether a normalisation behind this layer is possible, gets anything, and can learn."""
    layer = graph.layers[path]
    if not graph.first_output[path] or path in graph.inside_frozen:
        return False
    if wraps(layer, "Bidirectional") and layer.config.get("merge_mode", "concat") is None:
        return False  # it returns two tensors
    consumers = [graph.layers[consumer] for consumer in graph.consumers[path] if consumer != OUTPUT]
    if any(class_of(consumer) == "Masking" for consumer in consumers):
        return False  # it looks for steps that hold a certain value
    # The mask of a sequence of images or sequences need not have the rank that BatchNormalization asks for.
    nested_steps = wraps(layer, "TimeDistributed") and core(layer) != "Dense"
    return not (nested_steps and any(_masks(graph.layers[above]) for above in graph.ancestors(path)))


def _masks(layer: Layer) -> bool:
    return class_of(layer) == "Masking" or (
        class_of(layer) == "Embedding" and layer.config.get("mask_zero", False)
    )


def _is_normalised(graph: Graph, consumers: Sequence[Path], seen: set[Path]) -> bool:
    """Whether every way through these layers meets a normalisation before the next layer with a kernel."""
    for consumer in consumers:
        if consumer == OUTPUT or kind(graph.layers[consumer]):
            return False
        if consumer in seen or is_normalisation(graph.layers[consumer]):
            continue
        if not _is_normalised(graph, graph.consumers[consumer], seen | {consumer}):
            return False
    return True


def _normalised(model: Model, path: Path) -> Model:
    *around, name = path

    def insert(own: Model) -> Model:
        layers = {layer.name: layer for layer in own.layers}
        new = free_name(f"{name}_batch_normalization", layers)
        arguments = _axis(layers[name]) | _dtype(layers[name])
        return insert_behind(own, name, Layer(class_name="BatchNormalization", name=new, config=arguments))

    return map_model(model, tuple(around), insert)


def _axis(layer: Layer) -> dict[str, Any]:
    """The axis of channels, where it is not the last one."""
    if kind(layer) is Kind.DENSE or config(layer).get("data_format") != "channels_first":
        return {}
    sequences = kind(layer) is Kind.RECURRENT and config(layer).get("return_sequences", False)
    steps = sequences or wraps(layer, "TimeDistributed")
    return {"axis": 2 if steps else 1}


def _dtype(layer: Layer) -> dict[str, Any]:
    return {"dtype": layer.config["dtype"]} if "dtype" in layer.config else {}
