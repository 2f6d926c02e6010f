"""Symptom: an activation without an upper end inside a recurrent layer."""

from __future__ import annotations

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.symptom import Finding, Stage, Symptom
from remedy.diagnosis.symptoms._layers import unbounded_recurrence
from remedy.diagnosis.symptoms._recipes import first_effective
from remedy.diagnosis.symptoms.exploding_gradient import HIGHEST_NORM
from remedy.training.measurements import Measurements


class ReluInRecurrence(Symptom):
    """ReLU and its kin in LSTM, GRU or SimpleRNN."""

    name = "relu_in_recurrence"
    stage = Stage.STRUCTURE
    rule = (
        "The training is stuck, and a recurrent layer has an activation without an upper end; an error if "
        f"numbers were seen to explode: not finite, gradients above {HIGHEST_NORM:g}, or worse than a "
        "constant."
    )
    source = (
        "Le, Jaitly and Hinton, A Simple Way to Initialize Recurrent Networks of Rectified Linear Units "
        "(2015), https://arxiv.org/abs/1504.00941"
    )

    def find(self, case: Case) -> Finding | None:
        """Which recurrent layer has no bounds."""
        layers = unbounded_recurrence(case.plan)
        if not layers or not case.is_stuck:
            return None
        name, activation = next(iter(layers.items()))
        measured = case.measured
        explodes = measured is not None and _explodes(measured)
        evidence = [Evidence("recurrent layers without bounds", len(layers), 0, at=name)]
        if measured is not None:
            norm = measured.gradient_norm_highest
            evidence.append(Evidence("highest gradient norm", norm, HIGHEST_NORM))
        return Finding(
            self.name,
            "error" if explodes else "warning",
            tuple(evidence),
            f"{activation} in the recurrent layer {name} lets its state grow from step to step",
            f"The state of {name} goes through {activation} and the same weights at every time step, and "
            "nothing bounds it from above. A factor a little over 1 per step becomes thousands over a "
            "window, in the state and in the gradient.",
            ("activation", "clipnorm", "recurrent_initializer", "cell"),
            first_effective(case.plan, {"activation": "tanh"}, {"clipnorm": 1.0}),
            "Use tanh in recurrent layers, or clip the gradients.",
        )


def _explodes(measured: Measurements) -> bool:
    large = measured.gradient_norm_highest > HIGHEST_NORM
    return large or not measured.is_finite or measured.skill_end < 0
