"""Symptom: a regression target that is far from 0, or very large or small."""

from __future__ import annotations

import math

from remedy.diagnosis.case import Case
from remedy.diagnosis.data_statistics import TargetStatistics
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.model_scaling import scales_output, takes_any_target
from remedy.diagnosis.number_text import number_text
from remedy.diagnosis.symptom import Finding, Stage, Symptom

LARGEST = 10.0
SMALLEST = 0.01


class UnscaledTarget(Symptom):
    """A target in a unit in which a fresh network's answers are all the same."""

    name = "unscaled_target"
    stage = Stage.SCALE
    rule = (
        "A regression target has a mean beyond [-10, 10], or a standard deviation above 10 or below 0.01, "
        "nothing scales it, and the training does not learn."
    )
    source = (
        "scikit-learn, Transforming target in regression, "
        "https://scikit-learn.org/stable/modules/compose.html#transforming-target-in-regression; LeCun, "
        "Bottou, Orr and Müller, Efficient BackProp (1998)"
    )

    def find(self, case: Case) -> Finding | None:
        """An error: reaching the level of the target takes all the steps that there are."""
        scaled = case.plan.preprocessing.target_scaling is not None or scales_output(case.plan)
        if case.data.task != "regression" or not case.is_stuck or scaled:
            return None
        targets = [target for target in case.data.targets if target.std > 0 and math.isfinite(target.mean)]
        large = max(targets, key=_size, default=None)
        if large is not None and _size(large) > LARGEST:
            return _finding(case, large, _large_evidence(large))
        small = min(targets, key=lambda target: target.std, default=None)
        if small is not None and small.std < SMALLEST:
            evidence = (Evidence("standard deviation", small.std, SMALLEST, small.name),)
            return _finding(case, small, evidence)
        return None


def _finding(case: Case, target: TargetStatistics, evidence: tuple[Evidence, ...]) -> Finding:
    mean, std = number_text(target.mean), number_text(target.std)
    return Finding(
        symptom=UnscaledTarget.name,
        severity="error",
        evidence=evidence,
        cause=f"y was never scaled: '{target.name}' has a mean of {mean} and a standard deviation of {std}",
        explanation=_small(std) if _size(target) <= LARGEST else _large(mean, std),
        fixes=("target_scaling",),
        # Outputs such as relu and losses of logarithms have no use for negative targets.
        recipe={"target_scaling": "standard" if takes_any_target(case.plan) else "minmax"},
    )


def _large(mean: str, std: str) -> str:
    return (
        f"A fresh network answers about 0, while the target lies around {mean}, give or take {std}. Either "
        "nearly all steps go into reaching that level, since each moves the answers by little only, or the "
        "huge errors at the start make gradients that break the training."
    )


def _small(std: str) -> str:
    return (
        f"All values of the target are within a few times {std} of each other, so the errors and their "
        "gradients are tiny. It takes very many steps to learn such differences, and the noise of the "
        "network's own start is larger than they are."
    )


def _large_evidence(target: TargetStatistics) -> tuple[Evidence, ...]:
    mean = Evidence("magnitude of the mean", abs(target.mean), LARGEST, target.name)
    std = Evidence("standard deviation", target.std, (SMALLEST, LARGEST), target.name)
    return (mean, std) if abs(target.mean) >= target.std else (std, mean)


def _size(target: TargetStatistics) -> float:
    return max(abs(target.mean), target.std)
