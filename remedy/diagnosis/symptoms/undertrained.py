"""Symptom: a training that is slow rather than stuck, and ends too early."""

from __future__ import annotations

import math

import numpy as np

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.symptom import Finding, Stage, Symptom
from remedy.training.measurements import LEARNING_SKILL, Measurements

_MULTIPLES = (2, 5, 10, 20, 50, 100)
_FARTHEST = 5
"""Times the baseline's epochs up to which a curve is continued."""

_FEW = 20
"""Losses of so few batches differ by chance more than they fall."""


class Undertrained(Symptom):
    """A curve that still falls where the training ends, and goes on to where learning begins."""

    name = "undertrained"
    stage = Stage.OUTCOME
    rule = (
        f"The skill rises, but at the end of the baseline's epochs it is below {LEARNING_SKILL}: with up to "
        f"{_FARTHEST} times as many it passes that if the error falls on by the power of time by which it "
        f"fell last, or there are so few steps that one batch alone took {_FARTHEST} times as many to be "
        "learned."
    )
    source = (
        "Hestness et al., Deep Learning Scaling is Predictable, Empirically (2017), where errors fall by a "
        "power, https://arxiv.org/abs/1712.00409"
    )

    def find(self, case: Case) -> Finding | None:
        """How many times the epochs are needed."""
        measured = case.measured
        if measured is None or case.learns_by_heart or not _is_rising(measured):
            return None
        if case.learnability is not None and not case.learnability.has_signal:
            return None  # what falls is the error on samples that are learned by heart
        if not 0 < measured.epochs <= case.plan.epochs:
            return None
        own = measured.steps * case.plan.epochs / measured.epochs
        return self._continued(case, measured, own) or self._few_steps(case, measured, own)

    def _continued(self, case: Case, measured: Measurements, own: float) -> Finding | None:
        """Whether the curve goes on to learn."""
        skills = {times: _skill_after(times * own, measured) for times in (1, 2, _FARTHEST)}
        times = next((times for times, skill in skills.items() if skill >= LEARNING_SKILL), 1)
        if times == 1:
            return None
        evidence = (
            Evidence("skill after the baseline's epochs", skills[1], LEARNING_SKILL),
            Evidence(f"skill after {times} times as many", skills[times], LEARNING_SKILL),
        )
        explanation = (
            f"After {_epochs(case)} the skill is about {skills[1]:.2f}, and the error still falls. If it "
            f"goes on like that, {times} times as many take it to {skills[times]:.2f}, so the training is "
            "slow rather than stuck."
        )
        return _finding(case, times, evidence, explanation)

    def _few_steps(self, case: Case, measured: Measurements, own: float) -> Finding | None:
        """Whether the whole training has a fraction of the steps that a single batch takes to be learned."""
        batch, skill = measured.one_batch, measured.skill_end
        if batch is None or not batch.skill >= LEARNING_SKILL or skill >= LEARNING_SKILL:
            return None
        if _FARTHEST * own > batch.steps:
            return None
        times = next((times for times in _MULTIPLES if times * own >= batch.steps), _MULTIPLES[-1])
        evidence = (
            Evidence("steps of the whole training", own, batch.steps),
            Evidence("skill after them", skill, LEARNING_SKILL),
            Evidence("skill on one batch after more steps", batch.skill, LEARNING_SKILL),
        )
        explanation = (
            f"In {own:.0f} steps the skill rose from {measured.skill_start:.2f} to {skill:.2f}, and then the "
            f"training was over. Learning a single batch took {batch.steps} steps to get to "
            f"{batch.skill:.2f}, and all the others need at least as many."
        )
        return _finding(case, times, evidence, explanation)


def _finding(case: Case, times: int, evidence: tuple[Evidence, ...], explanation: str) -> Finding:
    return Finding(
        Undertrained.name,
        "error",
        evidence,
        f"{_epochs(case)} {'is' if case.plan.epochs == 1 else 'are'} too few: the error is still falling",
        explanation,
        ("epochs", "learning_rate"),
        {"epochs": f"x{times}"},
        f"Train for {times * case.plan.epochs} epochs, or raise the learning rate.",
    )


def _epochs(case: Case) -> str:
    return f"{case.plan.epochs} epoch{'' if case.plan.epochs == 1 else 's'}"


def _is_rising(measured: Measurements) -> bool:
    """Whether the skill rose in both halves, and the losses, where they are many, fell between them."""
    skills = (measured.skill_start, measured.skill_middle, measured.skill_end)
    if not measured.is_finite or not all(map(math.isfinite, (*skills, *measured.losses))):
        return False
    half = len(measured.losses) // 2
    fell = half < _FEW or np.median(measured.losses[half:]) < np.median(measured.losses[:half])
    return skills[0] < skills[1] < skills[2] and bool(fell)


def _skill_after(steps: float, measured: Measurements) -> float:
    """The skill after more steps than were measured.

    Returns:
        That at the end if it is still worse than a constant: the constant may be all that it rises to.
    """
    middle, end = 1 - measured.skill_middle, 1 - measured.skill_end
    if end >= 1 or end <= 0:
        return measured.skill_end
    power = math.log2(middle / end)
    return float(1 - end * (steps / measured.steps) ** -power)
