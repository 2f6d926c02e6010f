"""Fix: batch normalisation after every hidden layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from remedy.fixes._layers import free_name, hidden_indices, is_normalisation, kind
from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import Fixed
from remedy.plan import Layer, Plan


class BatchNormalization(Fix):
    """A BatchNormalization layer directly after every hidden layer that no normalisation follows yet."""

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
        if hidden_indices(plan.model.layers):
            return None
        return "the model has no hidden layer that a normalisation could follow"

    def apply(self, plan: Plan, value: Literal[True]) -> Plan:  # noqa: ARG002
        """The plan with the normalisation layers that were missing."""
        layers = plan.model.layers
        bare = {index for index in hidden_indices(layers) if not _is_normalised(layers, index)}
        taken = {layer.name for layer in layers}
        normalised: list[Layer] = []
        for index, layer in enumerate(layers):
            normalised.append(layer)
            if index in bare:
                name = free_name(f"{layer.name}_batch_normalization", taken)
                normalised.append(Layer(class_name="BatchNormalization", name=name))
        return plan.with_layers(tuple(normalised))


def _is_normalised(layers: Sequence[Layer], index: int) -> bool:
    """Whether a normalisation comes between this layer and the next one that has a kernel."""
    for layer in layers[index + 1 :]:
        if kind(layer):
            return False
        if is_normalisation(layer):
            return True
    return False
