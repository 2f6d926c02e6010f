"""Fix: the output layer and the loss that fit the task."""

from __future__ import annotations

from typing import Literal

from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import Fixed
from remedy.plan import Layer, Plan, Task
from remedy.surgery.graph import OUTPUT, Graph, changing_layers_fails
from remedy.surgery.layers import (
    ACTIVATIONS,
    CONVOLUTION_NOISES,
    GLOBAL_POOLINGS,
    NOISES,
    Config,
    activation_layer,
    activation_name,
    class_of,
    config,
    core,
    edit,
    layer_activation,
    with_activation,
)
from remedy.surgery.losses import fits, from_logits, is_known, loss_text, plain_loss, takes_positive
from remedy.surgery.wires import Path, map_layers

_ACTIVATIONS: dict[Task, str] = {
    "regression": "linear",
    "binary": "sigmoid",
    "multiclass": "softmax",
    "multilabel": "sigmoid",
}
_POSITIVE = frozenset({"exponential", "softplus"})
_HEADS = frozenset({"Dense", "Conv1D", "Conv2D", "Conv3D"})
_BEHIND = ACTIVATIONS | NOISES | CONVOLUTION_NOISES | GLOBAL_POOLINGS


class OutputHead(Fix):
    """The number of units, the activation and the loss that fit the target; what fits already stays."""

    name = "output_head"
    stage = Stage.MODEL
    new_graph = True
    value_type = Literal[True]
    space = Fixed(True)
    changes = (
        "Gives the output layer one unit per target or class and the activation of the task (linear, sigmoid "
        "or softmax), and replaces a loss that does not fit them by mean squared error or cross-entropy."
    )
    helps_when = (
        "The output cannot reach the target, such as softmax on a single unit or relu before negative "
        "values, or the loss expects something else than the output layer returns."
    )
    source = (
        "Zhang et al., AutoTrainer: An Automatic DNN Training Problem Detection and Repair System (2021), "
        "https://doi.org/10.1109/ICSE43902.2021.00043; Keras, Probabilistic losses, "
        "https://keras.io/api/losses/probabilistic_losses/"
    )

    def not_applicable(self, plan: Plan) -> str | None:
        """Only a dense or convolution layer, with no more than activations behind it, can be set right."""
        if reason := changing_layers_fails(plan):
            return reason
        head = _head(Graph(plan.model))
        return head if isinstance(head, str) else None

    def cause(self, plan: Plan, value: Literal[True]) -> str:
        """What did not fit."""
        graph = Graph(plan.model)
        places = _head(graph)
        if isinstance(places, str) or self.apply(plan, value).model == plan.model:
            return f"the loss {loss_text(plan.loss)} did not fit the output layer and the target"
        head = [graph.layers[path] for path in places]
        acting = [name or "a function of its own" for name in map(_activation, head) if name != "linear"]
        arguments = config(head[0])
        units = arguments["units" if "units" in arguments else "filters"]
        what = f"{' and '.join(acting) or 'linear'} on {units} unit{'' if units == 1 else 's'}"
        return f"the output layer ({what}) could not express the target"

    def cure(self, plan: Plan, value: Literal[True]) -> str:
        """What fits."""
        changed = self.apply(plan, value)
        if changed.model == plan.model:
            return f"the loss {loss_text(changed.loss)}"
        activation, units = _ACTIVATIONS[plan.task], plan.data.output_units
        return f"{activation} on {units} output unit{'' if units == 1 else 's'}"

    def apply(self, plan: Plan, value: Literal[True]) -> Plan:  # noqa: ARG002
        """The plan whose output layer and loss fit the task."""
        graph = Graph(plan.model)
        head = _head(graph)
        if isinstance(head, str):
            return plan
        changed = {path: graph.layers[path] for path in head}
        first = head[0]
        changed[first] = _with_units(changed[first], plan.data.output_units)
        present = [_activation(changed[path]) for path in head]
        acting = [name for name in present if name != "linear"]
        if fits(plan.loss, plan.task) and from_logits(plan.loss) and not acting:
            return _with(plan, changed)
        if not is_known(plan.loss) or (takes_positive(plan.loss) and set(acting) & _POSITIVE):
            return _with(plan, changed)  # what a loss of the user's own takes is not known
        wanted = _ACTIVATIONS[plan.task]
        if acting != [wanted] and (acting or wanted != "linear"):
            places = [path for path in head if class_of(changed[path]) in ACTIVATIONS] or [first]
            for path in {first, *places}:
                own = wanted if path == places[-1] else "linear"
                changed[path] = _with_activation(changed[path], own)
        return _with(plan.replace(loss=plain_loss(plan.loss, plan.task)), changed)


def _head(graph: Graph) -> list[Path] | str:
    """The output layer and those behind it, in order; or why there is none that could be set right."""
    if len(graph.heads) != 1:
        what = "several layers" if graph.heads else "no dense or convolution layer"
        return f"the output of the model comes from {what}"
    (path,) = graph.heads
    layer = graph.layers[path]
    if core(layer) not in _HEADS or path in graph.frozen:
        reason = "is frozen" if path in graph.frozen else f"is of the class {core(layer)}"
        return f"the output layer {layer.name!r} {reason}"
    way = [path]
    while (after := graph.next_layer(way[-1])) != OUTPUT:
        if after is None:
            return f"the output of {graph.layers[way[-1]].name!r} goes more than one way"
        if class_of(graph.layers[after]) not in _BEHIND:
            behind = graph.layers[after]
            return f"behind the output layer {layer.name!r} comes {behind.name!r} ({behind.class_name})"
        way.append(after)
    return way


def _with(plan: Plan, layers: dict[Path, Layer]) -> Plan:
    return plan.replace(model=map_layers(plan.model, lambda path, layer: layers.get(path, layer)))


def _activation(layer: Layer) -> str | None:
    if class_of(layer) in ACTIVATIONS:
        return layer_activation(layer)
    return activation_name(config(layer).get("activation")) if core(layer) in _HEADS else "linear"


def _with_activation(layer: Layer, activation: str) -> Layer:
    if class_of(layer) in ACTIVATIONS:
        return activation_layer(layer, activation)
    return with_activation(layer, "activation", activation, default="linear")


def _with_units(layer: Layer, units: int) -> Layer:
    def change(arguments: Config) -> Config:
        name = "units" if "units" in arguments else "filters"
        return arguments if arguments[name] == units else arguments | {name: units}

    return edit(layer, change)
