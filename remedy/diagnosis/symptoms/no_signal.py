"""Symptom: nothing to learn that simple models could find."""

from __future__ import annotations

from typing import Literal

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.number_text import number_text
from remedy.diagnosis.symptom import Finding, Stage, Symptom


class NoSignal(Symptom):
    """X says nothing about y, as with labels in another order than the samples."""

    name = "no_signal"
    stage = Stage.DATA
    rule = (
        "The lower end of the 95 % interval of skill is not above 0 for any of the simple models (linear, "
        "nearest neighbours, gradient boosting), and the training does not learn, or learns the training "
        "samples only."
    )
    source = (
        "scikit-learn, Metrics and scoring, D2 score, "
        "https://scikit-learn.org/stable/modules/model_evaluation.html#d2-score; Zhang et al., "
        "Understanding deep learning requires rethinking generalization (2017), "
        "https://arxiv.org/abs/1611.03530"
    )

    def find(self, case: Case) -> Finding | None:
        """An error if the training was seen not to learn, else advice."""
        learnability = case.learnability
        if learnability is None or learnability.has_signal or not learnability.is_measured:
            return None
        if not (case.is_stuck or case.learns_by_heart):
            return None
        best = learnability.best
        severity: Literal["error", "advice"] = "advice" if case.measured is None else "error"
        return Finding(
            symptom=self.name,
            severity=severity,
            evidence=(
                Evidence("lower end of the best simple model's skill", best.skill_low, 0.0, best.name),
                Evidence("best simple model's skill", best.skill, at=best.name),
            ),
            cause="X says nothing about y that simple models could find",
            explanation=(
                f"The best of {len(learnability.probes)} simple models, {best.name.replace('_', ' ')}, has a "
                f"validation skill of {number_text(best.skill)}, which is not surely better than the best "
                "constant answer. Where even these find nothing, a network most often learns nothing either, "
                "or learns the training samples by heart."
            ),
            advice=(
                "Check that the rows of X and y belong together: one of them shuffled or sorted alone looks "
                "just like this. If they do, look for features that have to do with the target."
            ),
        )
