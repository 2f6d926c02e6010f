"""Fix: another kind of recurrent cell."""

from __future__ import annotations

from typing import Literal

from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import Choice, Fixed, Space
from remedy.plan import Layer, Model, Plan
from remedy.surgery.graph import Graph, changing_layers_fails, keeps_weights
from remedy.surgery.layers import CELLS, Config, configs, core, recast
from remedy.surgery.wires import Path, map_layers

_CLASSES = {"lstm": "LSTM", "gru": "GRU"}
_FOREIGN = {"LSTM": "reset_after", "GRU": "unit_forget_bias"}


class Cell(Fix):
    """LSTM or GRU in place of every recurrent layer, output layers and the inside of wrappers included.

    Layers that return their states, or start from given ones, stay: the two cells have different states.
    """

    name = "cell"
    stage = Stage.MODEL
    new_graph = True
    value_type = Literal["lstm", "gru"]
    space = Choice((Fixed("lstm"), Fixed("gru")))
    changes = (
        "Makes every LSTM, GRU and SimpleRNN layer one of this kind, with the same name, units and other "
        "arguments; layers that pass states to each other stay as they are."
    )
    helps_when = (
        "Gradients vanish through time: a SimpleRNN has no gates that carry them over many steps; GRU has "
        "fewer weights than LSTM and often learns faster from little data."
    )
    source = (
        "Chung et al., Empirical Evaluation of Gated Recurrent Neural Networks on Sequence Modeling (2014), "
        "https://arxiv.org/abs/1412.3555"
    )

    def default_space(self, plan: Plan) -> Space:
        """The kinds that not every layer is already."""
        layers = _recurrent(plan.model).values()
        new = [kind for kind, name in _CLASSES.items() if any(core(layer) != name for layer in layers)]
        return Fixed(new[0]) if len(new) == 1 else self.space

    def not_applicable(self, plan: Plan) -> str | None:
        """A model without recurrent layers has no cells."""
        if reason := changing_layers_fails(plan):
            return reason
        if keeps_weights(plan):
            return "the model keeps the weights it has"
        if _recurrent(plan.model):
            return None
        if any(core(layer) in CELLS for layer in Graph(plan.model).layers.values()):
            return "the recurrent layers of the model pass their states on, or are frozen"
        return "the model has no recurrent layer (SimpleRNN, GRU or LSTM)"

    def cause(self, plan: Plan, value: Literal["lstm", "gru"]) -> str:
        """What the recurrent layers were."""
        return f"the recurrent layers were {' and '.join(_others(plan, value)) or _CLASSES[value]}"

    def cure(self, plan: Plan, value: Literal["lstm", "gru"]) -> str:
        """What they are."""
        others = " and ".join(_others(plan, value))
        return f"{_CLASSES[value]} instead of {others}" if others else _CLASSES[value]

    def apply(self, plan: Plan, value: Literal["lstm", "gru"]) -> Plan:
        """The plan whose recurrent layers are all of the kind `value`."""
        layers = _recurrent(plan.model)

        def change(path: Path, layer: Layer) -> Layer:
            return (
                recast(layer, lambda name, own: _as(_CLASSES[value], name, own)) if path in layers else layer
            )

        return plan.replace(model=map_layers(plan.model, change))


def _others(plan: Plan, value: str) -> list[str]:
    """The kinds of recurrent layers that are to be another one."""
    present = dict.fromkeys(str(core(layer)) for layer in _recurrent(plan.model).values())
    return [name for name in present if name != _CLASSES[value]]


def _as(class_name: str, present: str, arguments: Config) -> tuple[str, Config]:
    if present == class_name:
        return present, arguments
    return class_name, {name: item for name, item in arguments.items() if name != _FOREIGN[class_name]}


def _recurrent(model: Model) -> dict[Path, Layer]:
    """The recurrent layers that can change their class."""
    graph = Graph(model)
    return {
        path: layer
        for path, layer in graph.layers.items()
        if core(layer) in CELLS
        and path in graph.single_input - graph.frozen
        and not any(own.get("return_state", False) for own in configs(layer))
    }
