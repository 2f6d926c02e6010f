"""What fresh seeds say about a recipe."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from remedy.plan import Recipe
from remedy.search.records import TrialRecord
from remedy.training import Status

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Confirmation:
    """A recipe's skill over fresh seeds.

    Attributes:
        skill: mean validation skill.
        skill_low: lower end of the 95 % t interval of the mean.
        skill_high: upper end.
        learning: how many of the trainings ended `learning`.
    """

    recipe: Recipe
    records: tuple[TrialRecord, ...]
    skill: float
    skill_low: float
    skill_high: float
    learning: int

    def holds(self, min_skill: float) -> bool:
        """Whether the recipe unsticks the loss, as far as validation can tell."""
        return self.skill_low >= min_skill and self.learning > len(self.records) / 2


def confirm(recipe: Recipe, records: Sequence[TrialRecord]) -> Confirmation:
    """Summarise the trainings of one recipe with different seeds.

    A training that diverged or failed has no skill; it makes mean and interval minus infinity.
    """
    skills = np.array([record.skill if math.isfinite(record.skill) else -math.inf for record in records])
    low, high = _interval(skills)
    return Confirmation(
        recipe=recipe,
        records=tuple(records),
        skill=float(skills.mean()),
        skill_low=low,
        skill_high=high,
        learning=sum(record.status is Status.LEARNING for record in records),
    )


def _interval(skills: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, float]:
    if not np.isfinite(skills).all():
        return -math.inf, -math.inf
    mean, error = float(skills.mean()), float(stats.sem(skills))
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(skills) - 1)) * error
    return mean - half, mean + half
