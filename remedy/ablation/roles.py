"""The part that a fix plays in a recipe: paired comparison of trainings with and without it."""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remedy.ablation.variant import Standard
from remedy.search import TrialRecord, mean_interval

CONFIDENCE = 0.95
"""Of all comparisons of one ablation together."""


class Role(enum.StrEnum):
    """What becomes of a recipe without the fix."""

    NEEDED = "needed"
    HELPFUL = "helpful"
    NEUTRAL = "neutral"
    HARMFUL = "harmful"


@dataclass(frozen=True)
class Comparison:
    """The same seeds with and without a fix.

    Attributes:
        drop: mean skill that is lost without it; infinite if a training then diverges.
        drop_low: lower end of the drop's interval, minus infinity with one pair only.
        drop_high: upper end.
        stuck: whether most seeds are stuck without it.
    """

    drop: float
    drop_low: float
    drop_high: float
    stuck: bool

    @property
    def role(self) -> Role:
        """The fix's role."""
        if self.stuck:
            return Role.NEEDED
        if self.drop_low > 0:
            return Role.HELPFUL
        return Role.HARMFUL if self.drop_high < 0 else Role.NEUTRAL


def compare(
    with_fix: Sequence[TrialRecord],
    without_fix: Sequence[TrialRecord],
    standard: Standard,
    *,
    comparisons: int = 1,
) -> Comparison:
    """Compare trainings seed by seed.

    Args:
        with_fix: trainings of the recipe.
        without_fix: trainings of the recipe without the fix; only seeds that both have are compared.
        standard: decides what is stuck.
        comparisons: how many of them are made at once. Their intervals hold together with 95 % (Bonferroni):
            with 95 % each, one in twenty fixes that do nothing would be called helpful or harmful.

    Returns:
        Mean and t interval of the paired differences.
    """
    after = {record.seed: record.skill for record in without_fix}
    pairs = [(record.skill, after[record.seed]) for record in with_fix if record.seed in after]
    stuck = standard.mostly_stuck(without_fix)
    broken = sum(not math.isfinite(skill) for _, skill in pairs) - sum(
        not math.isfinite(skill) for skill, _ in pairs
    )
    if not pairs or any(not math.isfinite(skill) for pair in pairs for skill in pair):
        drop = math.copysign(math.inf, broken) if broken else math.nan
        return Comparison(drop, drop, drop, stuck)
    differences = np.array([before - without for before, without in pairs])
    low, high = mean_interval(differences, 1 - (1 - CONFIDENCE) / comparisons)
    return Comparison(float(differences.mean()), low, high, stuck)
