"""Symptom: next to nothing of the gradient arrives at the first layer."""

from __future__ import annotations

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.symptom import Finding, Stage, Symptom
from remedy.diagnosis.symptoms._layers import (
    LEAST_NORM,
    LEAST_RATIO,
    SATURATING,
    activations,
    gradient_flow,
    recurrent_layers,
)
from remedy.diagnosis.symptoms._recipes import first_effective
from remedy.plan import Plan, Recipe


class VanishingGradient(Symptom):
    """A gradient that shrinks from layer to layer on its way back."""

    name = "vanishing_gradient"
    stage = Stage.GRADIENT
    rule = (
        "The training is stuck, and before and after its first steps the norm of the gradient in the first "
        f"layer is below {LEAST_RATIO:g} times that in the last one, and below {LEAST_NORM:g}."
    )
    source = (
        "Zhang et al., AutoTrainer: An Automatic DNN Training Problem Detection and Repair System (2021), "
        "https://doi.org/10.1109/ICSE43902.2021.00043"
    )

    def find(self, case: Case) -> Finding | None:
        """How much of the gradient arrives."""
        flow = gradient_flow(case.measured) if case.measured else None
        if flow is None or not case.is_stuck or not flow.vanishes:
            return None
        return Finding(
            self.name,
            "error",
            (
                Evidence(
                    "gradient of the first layer over the last", flow.ratio, LEAST_RATIO, at=flow.first.name
                ),
                Evidence("gradient norm of the first layer", flow.first_norm, LEAST_NORM, at=flow.first.name),
            ),
            f"the gradient vanishes on its way from {flow.last.name} to {flow.first.name}",
            f"The gradient in {flow.first.name} is {flow.ratio:.1g} times that in {flow.last.name}, less "
            "than a thousandth. The first layers hardly move, so the others have to work with what random "
            "weights make of the data.",
            (
                "kernel_initializer",
                "batch_normalization",
                "activation",
                "depth",
                "cell",
                "recurrent_initializer",
            ),
            _recipe(case.plan),
            "Use ReLU with He initialisation, batch normalisation or fewer layers.",
        )


def _recipe(plan: Plan) -> Recipe:
    normalised: Recipe = {"batch_normalization": True}
    if recurrent_layers(plan):
        return first_effective(plan, normalised)
    saturates = not SATURATING.isdisjoint(activations(plan).values())
    other: Recipe = {"activation": "relu"} if saturates else {"kernel_initializer": "he_normal"}
    return first_effective(plan, other, normalised)
