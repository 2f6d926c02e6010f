"""Symptom: hidden layers without an activation, and data that no straight line fits."""

from __future__ import annotations

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.learnability import Learnability
from remedy.diagnosis.number_text import number_text
from remedy.diagnosis.symptom import Finding, Stage, Symptom
from remedy.diagnosis.symptoms._recipes import first_effective
from remedy.plan import Plan
from remedy.surgery.graph import Graph
from remedy.surgery.layers import (
    CONVOLUTION_NOISES,
    NOISES,
    NORMALISATIONS,
    Kind,
    activation_name,
    class_of,
    config,
    kind,
    layer_activation,
)

_LINEAR_PROBES = frozenset({"ridge", "logistic"})
_LINEAR = (
    {"InputLayer", "Flatten", "Reshape", "Permute", "Rescaling", "Normalization"}
    | NORMALISATIONS
    | NOISES
    | CONVOLUTION_NOISES
)


class LinearNetwork(Symptom):
    """A stack of layers that together are one straight line."""

    name = "linear_network"
    stage = Stage.STRUCTURE
    rule = (
        "The training is stuck, no hidden dense or convolution layer has an activation and nothing else "
        "bends what flows through, and a simple model that is not linear surely learns more than the linear "
        "one."
    )
    source = (
        "Schoop, Huang and Hartmann, UMLAUT: Debugging Deep Learning Programs using Program Structure and "
        "Model Behavior (2021), https://doi.org/10.1145/3411764.3445538"
    )

    def find(self, case: Case) -> Finding | None:
        """Whether bends are needed, and there are none."""
        count = _linear_layers(case.plan)
        if not case.is_stuck or case.learnability is None or not count:
            return None
        gain = _gain(case.learnability)
        if gain <= 0:
            return None
        best = case.learnability.best
        layers = f"{count} hidden layer{'' if count == 1 else 's'}"
        return Finding(
            self.name,
            "error",
            (
                Evidence("skill surely gained by a model that is not linear", gain, 0.0, at=best.name),
                Evidence("hidden layers without activation", count),
            ),
            f"none of the {layers} has an activation",
            f"Without activations {layers} and the output layer are one linear map, whatever their number "
            f"and size. The data want more than that: {best.name.replace('_', ' ')} has a skill of "
            f"{number_text(best.skill)}, surely more than a linear model.",
            ("activation",),
            first_effective(case.plan, {"activation": "relu"}),
            "Give every hidden layer an activation such as relu.",
        )


def _gain(learnability: Learnability) -> float:
    """By how much the best probe's interval lies above that of the linear one; below 0 if they overlap."""
    linear = next(probe for probe in learnability.probes if probe.name in _LINEAR_PROBES)
    return learnability.best.skill_low - max(linear.skill_high, 0.0)


def _linear_layers(plan: Plan) -> int:
    """How many hidden layers there are, if all of them are linear and so is what is between; else 0."""
    graph = Graph(plan.model)
    for path, layer in graph.layers.items():
        if path in graph.heads or path in graph.tails:
            continue
        acts = layer_activation(layer) if class_of(layer) == "Activation" else None
        own = activation_name(config(layer).get("activation"))
        if kind(layer) in {Kind.DENSE, Kind.CONVOLUTION}:
            if own != "linear":
                return 0
        elif acts != "linear" and class_of(layer) not in _LINEAR:
            return 0
    return len(graph.hidden(Kind.DENSE, Kind.CONVOLUTION))
