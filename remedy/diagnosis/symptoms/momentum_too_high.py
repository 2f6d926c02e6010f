"""Symptom: steps that go on in old directions for longer than an epoch."""

from __future__ import annotations

import math

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.symptom import Finding, Stage, Symptom
from remedy.diagnosis.symptoms._recipes import first_effective
from remedy.plan import Plan, Recipe

_USUAL = 0.95
_MOMENTA = ("momentum", "beta_1")


class MomentumTooHigh(Symptom):
    """A momentum that averages over more batches than an epoch has."""

    name = "momentum_too_high"
    stage = Stage.SETTINGS
    rule = (
        f"The training is stuck, and the optimizer's momentum (`beta_1` of Adam and its kin) is above "
        f"{_USUAL} and averages over more batches, 1 / (1 - momentum), than an epoch has."
    )
    source = (
        "Sutskever, Martens, Dahl and Hinton, On the Importance of Initialization and Momentum in Deep "
        "Learning (2013), https://proceedings.mlr.press/v28/sutskever13.html"
    )

    def find(self, case: Case) -> Finding | None:
        """Whether gradients of long ago outweigh the present one."""
        optimizer, measured = case.plan.optimizer, case.measured
        name = next((key for key in _MOMENTA if optimizer.config.get(key)), None)
        if name is None or not case.is_stuck or measured is None or not measured.epochs:
            return None
        momentum, batches = float(optimizer.config[name]), measured.steps / measured.epochs
        memory = 1 / (1 - momentum) if momentum < 1 else math.inf
        if momentum <= _USUAL or memory <= batches:
            return None
        return Finding(
            self.name,
            "error",
            (
                Evidence(name, momentum, _USUAL),
                Evidence("batches that it averages over", memory, round(batches)),
            ),
            f"the {name} of {momentum:g} keeps {optimizer.class_name} going in old directions",
            f"With a {name} of {momentum:g} a step adds up the gradients of {_span(memory)}, and "
            f"an epoch has {batches:.0f}. The weights shoot past every minimum and swing back, because what "
            "the present batch says counts for next to nothing.",
            ("optimizer", "learning_rate"),
            first_effective(case.plan, _recipe(case.plan)),
            f"Set {name} to 0.9.",
        )


def _span(memory: float) -> str:
    return f"about {memory:.0f} batches" if math.isfinite(memory) else "all batches since the first"


def _recipe(plan: Plan) -> Recipe:
    """Adam at its own rate, or RMSprop, which has no `beta_1`, where it is of Adam's kin already."""
    if plan.optimizer.config.get("beta_1"):
        return {"optimizer": "rmsprop"}
    return {"optimizer": "adam", "learning_rate": 0.001}
