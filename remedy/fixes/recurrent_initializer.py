"""Fix: other starting weights for the recurrence."""

from __future__ import annotations

from typing import Any

from remedy.fixes._initializers import Initializer
from remedy.fixes._layers import Kind, kind, with_argument
from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import parse_space
from remedy.plan import Plan


class RecurrentInitializer(Fix):
    """Other starting weights for the step from one time to the next in recurrent layers."""

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
        """A model without recurrent layers has no recurrent weights."""
        if any(kind(layer) is Kind.RECURRENT for layer in plan.model.layers):
            return None
        return "the model has no recurrent layer (SimpleRNN, GRU or LSTM)"

    def apply(self, plan: Plan, value: str | dict[str, Any]) -> Plan:
        """The plan in which every recurrence starts from the initializer `value`."""
        return plan.with_layers(
            tuple(
                with_argument(layer, "recurrent_initializer", value, default="orthogonal")
                if kind(layer) is Kind.RECURRENT
                else layer
                for layer in plan.model.layers
            )
        )
