"""What fresh seeds say about a recipe."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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

    @property
    def error(self) -> float:
        """Standard error of the mean skill; not a number if a training diverged."""
        from scipy import stats

        return float(stats.sem([record.skill for record in self.records]))

    def holds(self, min_skill: float) -> bool:
        """Whether the recipe unsticks the loss, as far as validation can tell."""
        return self.skill_low >= min_skill and self.learning > len(self.records) / 2


def confirm(recipe: Recipe, records: Sequence[TrialRecord]) -> Confirmation:
    """Summarise the trainings of one recipe with different seeds.

    A training that diverged or failed has no skill; it makes mean and interval minus infinity.
    """
    skills = np.array([record.skill if math.isfinite(record.skill) else -math.inf for record in records])
    low, high = mean_interval(skills) if np.isfinite(skills).all() else (-math.inf, -math.inf)
    return Confirmation(
        recipe=recipe,
        records=tuple(records),
        skill=float(skills.mean()),
        skill_low=low,
        skill_high=high,
        learning=sum(record.status is Status.LEARNING for record in records),
    )


def is_hopeless(records: Sequence[TrialRecord], seeds: int) -> bool:
    """Whether a recipe cannot be confirmed any more, whatever becomes of the seeds not trained yet.

    Args:
        records: its trainings so far.
        seeds: how many there are to be.
    """
    return sum(record.status is not Status.LEARNING for record in records) >= seeds / 2


def mean_interval(values: NDArray[np.float64], confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Student's t interval of the mean; all real numbers with one value only.

    >>> mean_interval(np.array([0.5, 0.5, 0.5]))
    (0.5, 0.5)
    """
    from scipy import stats

    if len(values) < 2:
        return -math.inf, math.inf
    mean, error = float(values.mean()), float(stats.sem(values))
    half = float(stats.t.ppf((1 + confidence) / 2, len(values) - 1)) * error
    return mean - half, mean + half
