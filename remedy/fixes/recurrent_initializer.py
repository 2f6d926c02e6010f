"""Fix: other starting weights for the recurrence."""

from __future__ import annotations

from typing import Any

from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import parse_space
from remedy.plan import Layer, Plan
from remedy.surgery.graph import Graph, arguments_before, changing_layers_fails, keeps_weights
from remedy.surgery.initializers import Initializer, initializer_text, initializers_text, normal_form
from remedy.surgery.layers import CELLS, Kind, core, kind, with_initializer
from remedy.surgery.wires import Path, map_layers


class RecurrentInitializer(Fix):
    """Other starting weights for the step from one time to the next in recurrent layers.

    Frozen layers keep theirs, and `identity` goes to matrices only: Keras has none for other kernels.
    """

    name = "recurrent_initializer"
    stage = Stage.MODEL
    value_type = Initializer
    space = parse_space(["orthogonal", "glorot_uniform"])
    changes = (
        "Sets `recurrent_initializer` on every recurrent layer, in both directions of a bidirectional one."
    )
    helps_when = (
        "Gradients vanish or explode through time: the same matrix multiplies them once per time step, and "
        "an orthogonal one keeps their norm."
    )
    source = (
        "Saxe, McClelland and Ganguli, Exact Solutions to the Nonlinear Dynamics of Learning in Deep Linear"
        " Neural Networks (2014), https://arxiv.org/abs/1312.6120"
    )

    def not_applicable(self, plan: Plan) -> str | None:
        """A model without recurrent layers has no recurrent weights, and one may keep those it has."""
        if reason := changing_layers_fails(plan):
            return reason
        if keeps_weights(plan):
            return "the model keeps the weights it has"
        graph = Graph(plan.model)
        if any(_is_open(graph, path) for path in graph.layers):
            return None
        return "the model has no recurrent layer (SimpleRNN, GRU or LSTM)"

    def cause(self, plan: Plan, value: str | dict[str, Any]) -> str:
        """From what the recurrence started before."""
        present = arguments_before(plan, self.apply(plan, value), _arguments, "orthogonal")
        return f"the recurrent kernels started from {initializers_text(present)}"

    def cure(self, plan: Plan, value: str | dict[str, Any]) -> str:  # noqa: ARG002
        """From what the recurrence starts."""
        return f"{initializer_text(value, names=True)} initialisation of the recurrence"

    def apply(self, plan: Plan, value: str | dict[str, Any]) -> Plan:
        """The plan in which every recurrence starts from the initializer `value`."""
        graph = Graph(plan.model)
        identity = normal_form(value)["class_name"] == "identity"

        def change(path: Path, layer: Layer) -> Layer:
            if not _is_open(graph, path) or (identity and core(layer) not in CELLS):
                return layer
            return with_initializer(layer, "recurrent_initializer", value, default="orthogonal")

        return plan.replace(model=map_layers(plan.model, change))


def _arguments(layer: Layer) -> tuple[str, ...]:
    return ("recurrent_initializer",) if kind(layer) is Kind.RECURRENT else ()


def _is_open(graph: Graph, path: Path) -> bool:
    return kind(graph.layers[path]) is Kind.RECURRENT and path not in graph.frozen
