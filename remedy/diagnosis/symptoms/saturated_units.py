"""Symptom: gates, sigmoid or tanh units that are driven to their ends."""

from __future__ import annotations

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.number_text import share_text
from remedy.diagnosis.symptom import Finding, Stage, Symptom
from remedy.diagnosis.symptoms._recipes import first_effective
from remedy.plan import Recipe
from remedy.training.measurements import LayerMeasurements, Measurements

_MOST = 0.5


class SaturatedUnits(Symptom):
    """Inputs so large that sigmoid and tanh are flat there."""

    name = "saturated_units"
    stage = Stage.GRADIENT
    rule = (
        f"The training is stuck, and over {share_text(_MOST)} of what goes into the gates, or the sigmoid or "
        "tanh units, of a layer lies beyond +-5."
    )
    source = (
        "Glorot and Bengio, Understanding the Difficulty of Training Deep Feedforward Neural Networks "
        "(2010), https://proceedings.mlr.press/v9/glorot10a.html"
    )

    def find(self, case: Case) -> Finding | None:
        """Which layer is saturated the most."""
        if case.measured is None or not case.is_stuck:
            return None
        layers = [layer for layer in case.measured.layers if layer.trainable]
        worst = max(layers, key=_share, default=None)
        if worst is None or _share(worst) <= _MOST:
            return None
        from_start = (worst.saturated_share or 0.0) > _MOST
        when = "before the first step" if from_start else "after the first steps"
        return Finding(
            self.name,
            "warning",
            (Evidence("share of inputs beyond +-5", _share(worst), _MOST, at=worst.name),),
            f"{worst.name} is saturated",
            f"Of what goes into the units of {worst.name} {share_text(_share(worst))} lies beyond +-5 "
            f"{when}, where sigmoid and tanh are flat. Such units answer the same to every sample, and let "
            "hardly any gradient through.",
            ("scaling", "kernel_initializer", "recurrent_initializer", "batch_normalization")
            if from_start
            else ("learning_rate", "clipnorm", "batch_normalization"),
            _recipe(case, case.measured, worst) if from_start else {},
            "Scale the inputs and start from Glorot's weights."
            if from_start
            else "Lower the learning rate: the weights have grown too fast.",
        )


def _share(layer: LayerMeasurements) -> float:
    return max(layer.saturated_share or 0.0, layer.saturated_share_end or 0.0)


def _recipe(case: Case, measured: Measurements, worst: LayerMeasurements) -> Recipe:
    """What makes the inputs of a layer smaller that saturates them before the first step."""
    deeper: Recipe = {"batch_normalization": True}
    if worst != next(layer for layer in measured.layers if layer.kernels):
        return first_effective(case.plan, deeper)
    if case.plan.preprocessing.scaling is None:
        return {"scaling": "standard"}
    return first_effective(case.plan, {"kernel_initializer": "glorot_uniform"}, deeper)
