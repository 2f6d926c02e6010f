"""Symptom: the same prediction for every sample."""

from __future__ import annotations

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.number_text import share_text
from remedy.diagnosis.symptom import Finding, Stage, Symptom

LEAST_SPREAD = 0.01


class ConstantPredictions(Symptom):
    """A model that has learned one value and gives it to everyone."""

    name = "constant_predictions"
    stage = Stage.OUTCOME
    rule = (
        "The training is stuck, and after its first steps the predictions spread by under "
        f"{share_text(LEAST_SPREAD)} of what the target does."
    )
    source = (
        "Schoop, Huang and Hartmann, UMLAUT: Debugging Deep Learning Programs using Program Structure and "
        "Model Behavior (2021), https://doi.org/10.1145/3411764.3445538"
    )

    def find(self, case: Case) -> Finding | None:
        """Whether all samples get the same prediction."""
        if case.measured is None or not case.is_stuck or not case.measured.is_finite:
            return None
        spread = case.measured.prediction_spread
        if not spread < LEAST_SPREAD:
            return None
        return Finding(
            self.name,
            "warning",
            (Evidence("spread of predictions over that of the target", spread, LEAST_SPREAD),),
            "the model gives every sample the same prediction",
            f"After {case.measured.steps} steps the predictions spread by {share_text(spread)} of what the "
            "target does. The output layer has learned its bias, and nothing that tells samples apart gets "
            "through to it.",
            ("kernel_initializer", "learning_rate", "scaling", "activation", "batch_normalization"),
            advice="Look for the cause in the other findings; this is what it leads to.",
        )
