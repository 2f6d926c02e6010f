"""Symptom: next to nothing of the gradient arrives at the first time steps."""

from __future__ import annotations

import math

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.symptom import Finding, Stage, Symptom
from remedy.diagnosis.symptoms._layers import recurrent_layers
from remedy.diagnosis.symptoms._recipes import first_effective
from remedy.plan import Plan
from remedy.surgery.graph import Graph
from remedy.surgery.layers import Kind, class_of, core, kind
from remedy.training.measurements import TimeGradient

_LEAST = 1e-4


class VanishingThroughTime(Symptom):
    """A recurrence that forgets the first steps of a window before it could learn from them."""

    name = "vanishing_through_time"
    stage = Stage.GRADIENT
    rule = (
        "The training is stuck, and the gradient of the loss for the first tenth of the time steps is below "
        f"{_LEAST:g} times that for the last tenth; an error in a SimpleRNN, which has no gates that could "
        "learn to keep it."
    )
    source = (
        "Pascanu, Mikolov and Bengio, On the Difficulty of Training Recurrent Neural Networks (2013), "
        "https://arxiv.org/abs/1211.5063"
    )

    def find(self, case: Case) -> Finding | None:
        """In which input the first steps are lost."""
        if case.measured is None or not case.is_stuck or not recurrent_layers(case.plan):
            return None
        lost = [one for one in case.measured.through_time if _ratio(case.plan, one) < _LEAST]
        if not lost:
            return None
        worst = min(lost, key=lambda one: _ratio(case.plan, one))
        ratio = _ratio(case.plan, worst)
        has_gates = _cells(case.plan).isdisjoint({"SimpleRNN"})
        return Finding(
            self.name,
            "warning" if has_gates else "error",
            (Evidence("gradient for the first steps over the last", ratio, _LEAST, at=worst.input),),
            f"the gradient vanishes over the {worst.steps} time steps of {worst.input!r}",
            f"The first of {worst.steps} steps get {ratio:.1g} times the gradient of the last ones, because "
            "every step of the recurrence passes on a part of it only. What happened early in a window "
            "cannot be learned, even if the target depends on it.",
            ("recurrent_initializer", "cell"),
            first_effective(
                case.plan, {"recurrent_initializer": "orthogonal"}, {} if has_gates else {"cell": "lstm"}
            ),
            "Use LSTM or GRU, an orthogonal recurrent kernel, or a shorter window.",
        )


def _ratio(plan: Plan, gradient: TimeGradient) -> float:
    """First over last; infinite where it says nothing, as for steps that are masked."""
    if not math.isfinite(gradient.first) or not 0 < gradient.last < math.inf:
        return math.inf
    if gradient.first == 0 and _masks(plan):
        return math.inf
    return gradient.first / gradient.last


def _masks(plan: Plan) -> bool:
    return plan.data.padded or any(
        class_of(layer) == "Masking" or layer.config.get("mask_zero", False)
        for layer in Graph(plan.model).layers.values()
    )


def _cells(plan: Plan) -> set[str | None]:
    return {core(layer) for layer in Graph(plan.model).layers.values() if kind(layer) is Kind.RECURRENT}
