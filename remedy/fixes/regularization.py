"""Fix: less of what keeps a network from fitting its training data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import parse_space
from remedy.plan import Layer, Plan
from remedy.surgery.graph import Graph, changing_layers_fails
from remedy.surgery.layers import core, edit
from remedy.surgery.regularization import strengths, weaker, weight_decay
from remedy.surgery.wires import Path, map_layers


class Regularization(Fix):
    """Drop rates, noise, penalties on weights and outputs, and weight decay, all times the same factor."""

    name = "regularization"
    stage = Stage.MODEL
    new_graph = True
    value_type = Annotated[float, Field(ge=0, lt=1)]
    space = parse_space([0.0, 0.1])
    changes = (
        "Multiplies every drop rate, the noise of noise layers, every L1 and L2 penalty and the optimizer's "
        "weight decay by this factor; 0 leaves none of them."
    )
    helps_when = (
        "Dropout takes away more than the rest of the network can make up for, or a penalty outweighs what "
        "there is to gain by being right: the training loss itself does not fall."
    )
    source = (
        "Srivastava et al., Dropout: A Simple Way to Prevent Neural Networks from Overfitting (2014), "
        "https://jmlr.org/papers/v15/srivastava14a.html; Keras, Layer weight regularizers, "
        "https://keras.io/api/layers/regularizers/"
    )

    def not_applicable(self, plan: Plan) -> str | None:
        """There has to be something to weaken."""
        if self.apply(plan, 0.0) != plan:
            return None
        return changing_layers_fails(plan) or (
            "the training has no dropout, noise, penalties or weight decay that could be weakened"
        )

    def cause(self, plan: Plan, value: float) -> str:  # noqa: ARG002
        """What held the training back."""
        return f"the training was regularised too much ({', '.join(_present(plan))})"

    def cure(self, plan: Plan, value: float) -> str:  # noqa: ARG002
        """How much of it is left."""
        return "no regularisation" if value == 0 else f"{value:.0%} of the regularisation"

    def apply(self, plan: Plan, value: float) -> Plan:
        """The plan with everything that regularises times `value`."""
        graph = Graph(plan.model)

        def change(path: Path, layer: Layer) -> Layer:
            if path in graph.frozen or core(layer) is None:
                return layer  # an argument of a layer of the user's own may mean anything
            return edit(layer, lambda arguments: weaker(arguments, value))

        optimizer = plan.optimizer
        if decay := weight_decay(plan):
            changed = optimizer.config | {"weight_decay": decay * value}
            optimizer = optimizer.model_copy(update={"config": changed})
        return plan.replace(model=map_layers(plan.model, change), optimizer=optimizer)


def _present(plan: Plan) -> Iterator[str]:
    """The strongest of each sort that the training has."""
    found: dict[str, float] = {}
    for layer in Graph(plan.model).layers.values():
        for sort, strength in strengths(layer):
            found[sort] = max(strength, found.get(sort, 0.0))
    for sort, strength in found.items():
        yield f"{sort} {strength:.3g}" if strength else sort
    if decay := weight_decay(plan):
        yield f"weight decay {decay:.3g}"
