"""Symptom: not even a single batch can be learned by heart."""

from __future__ import annotations

import math

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.symptom import Finding, Stage, Symptom
from remedy.diagnosis.symptoms._rates import suggested_rate
from remedy.training.measurements import LEARNED_BY_HEART, LEARNING_SKILL, OneBatch


class CannotOverfitOneBatch(Symptom):
    """A fault of the optimisation, not of the data: one batch can be learned even if it is noise."""

    name = "cannot_overfit_one_batch"
    stage = Stage.OUTCOME
    rule = (
        "The training is stuck, and training on one batch over and over leaves its skill below "
        f"{LEARNED_BY_HEART}; an error below {LEARNING_SKILL}, where next to nothing was learned of it."
    )
    source = (
        "Karpathy, A Recipe for Training Neural Networks (2019), http://karpathy.github.io/2019/04/25/recipe/"
    )

    def find(self, case: Case) -> Finding | None:
        """How much of one batch is learned."""
        batch = case.measured.one_batch if case.measured else None
        if case.measured is None or batch is None or not case.is_stuck or not batch.skill < LEARNED_BY_HEART:
            return None
        suggested = suggested_rate(case.plan, case.measured.range_test)
        rate = suggested if _is_learned(batch) else None
        evidence = [Evidence("skill on one batch", batch.skill, LEARNED_BY_HEART)]
        if batch.skill_tuned is not None:
            tuned = Evidence("skill on it at the rate of the range test", batch.skill_tuned, LEARNED_BY_HEART)
            evidence.append(tuned)
        return Finding(
            self.name,
            "error" if batch.skill < LEARNING_SKILL else "warning",
            tuple(evidence),
            f"even a single batch of {batch.samples} samples cannot be learned",
            f"After {batch.steps} steps on the same {batch.samples} samples the skill on them is "
            f"{batch.skill:.2f}, where {LEARNED_BY_HEART} and more is normal even for noise. "
            f"{_conclusion(batch, rate)}",
            (
                *("learning_rate", "optimizer", "kernel_initializer", "recurrent_initializer"),
                *("batch_normalization", "activation", "clipnorm", "depth", "scaling", "target_scaling"),
                "output_head",
            ),
            {} if rate is None else {"learning_rate": rate},
            None if rate is None else f"Set the learning rate to about {rate:.2g}.",
        )


def _is_learned(batch: OneBatch) -> bool:
    """Whether the batch can be learned at the rate that the range test suggests."""
    return batch.skill_tuned is not None and batch.skill_tuned >= LEARNED_BY_HEART


def _conclusion(batch: OneBatch, rate: float | None) -> str:
    if rate is not None:
        return f"At a learning rate of {rate:.2g} it is learned, so the rate is what holds the training back."
    if batch.skill_tuned is not None and math.isfinite(batch.skill_tuned):
        return (
            f"With the rate that a range test suggests it is {batch.skill_tuned:.2f}, so the rate alone is "
            "not the cause: look at the model, its start and the scale of the data."
        )
    return "The fault is in the model, its start or its settings rather than in what there is to learn."
