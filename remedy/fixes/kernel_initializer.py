"""Fix: other starting weights for the kernels."""

from __future__ import annotations

from typing import Any

from remedy.fixes._initializers import Initializer
from remedy.fixes._layers import kind, with_argument
from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import parse_space
from remedy.plan import Plan


class KernelInitializer(Fix):
    """Other starting weights for the kernel of every layer, the output layer included."""

    name = "kernel_initializer"
    stage = Stage.MODEL
    value_type = Initializer
    space = parse_space(["glorot_uniform", "glorot_normal", "he_normal", "he_uniform", "orthogonal"])
    changes = (
        "Sets `kernel_initializer` on every dense, convolution and recurrent layer, the output layer "
        "included."
    )
    helps_when = (
        "The starting weights are all alike, or so small or large that signals and gradients vanish or "
        "explode on their way; Glorot (Xavier) suits tanh and sigmoid, He suits ReLU."
    )
    source = (
        "Glorot and Bengio, Understanding the Difficulty of Training Deep Feedforward Neural Networks "
        "(2010), https://proceedings.mlr.press/v9/glorot10a.html; He et al., Delving Deep into Rectifiers "
        "(2015), https://arxiv.org/abs/1502.01852"
    )

    def not_applicable(self, plan: Plan) -> str | None:
        """A model without kernels has nothing to initialise."""
        if any(kind(layer) for layer in plan.model.layers):
            return None
        return "the model has no dense, convolution or recurrent layer whose kernel could be initialised"

    def apply(self, plan: Plan, value: str | dict[str, Any]) -> Plan:
        """The plan in which every kernel starts from the initializer `value`."""
        return plan.with_layers(
            tuple(
                with_argument(layer, "kernel_initializer", value, default="glorot_uniform")
                if kind(layer)
                else layer
                for layer in plan.model.layers
            )
        )
