"""Fix: other starting weights for the kernels."""

from __future__ import annotations

from typing import Any

from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import parse_space
from remedy.plan import Layer, Plan
from remedy.surgery.graph import Graph, arguments_before, changing_layers_fails, keeps_weights
from remedy.surgery.initializers import Initializer, initializer_text, initializers_text, normal_form
from remedy.surgery.layers import CELLS, core, kernel_arguments, kind, with_initializer
from remedy.surgery.wires import Path, map_layers


class KernelInitializer(Fix):
    """Other starting weights for the kernel of every layer, the output layer included.

    Frozen layers keep theirs, and `identity` goes to matrices only: Keras has none for other kernels.
    """

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
        """A model without kernels has nothing to initialise, nor has one that keeps its weights."""
        if reason := changing_layers_fails(plan):
            return reason
        if keeps_weights(plan):
            return "the model keeps the weights it has"
        graph = Graph(plan.model)
        if any(kind(layer) for path, layer in graph.layers.items() if path not in graph.frozen):
            return None
        return "the model has no dense, convolution or recurrent layer whose kernel could be initialised"

    def cause(self, plan: Plan, value: str | dict[str, Any]) -> str:
        """From what the kernels started before."""
        present = arguments_before(plan, self.apply(plan, value), kernel_arguments, "glorot_uniform")
        return f"the kernels started from {initializers_text(present)}"

    def cure(self, plan: Plan, value: str | dict[str, Any]) -> str:  # noqa: ARG002
        """From what the kernels start."""
        return f"{initializer_text(value, names=True)} initialisation"

    def apply(self, plan: Plan, value: str | dict[str, Any]) -> Plan:
        """The plan in which every kernel starts from the initializer `value`."""
        frozen = Graph(plan.model).frozen
        identity = normal_form(value)["class_name"] == "identity"

        def change(path: Path, layer: Layer) -> Layer:
            if path in frozen or (identity and not _is_matrix(layer)):
                return layer
            for argument in kernel_arguments(layer):
                layer = with_initializer(layer, argument, value, default="glorot_uniform")
            return layer

        return plan.replace(model=map_layers(plan.model, change))


def _is_matrix(layer: Layer) -> bool:
    return core(layer) in CELLS | {"Dense"}
