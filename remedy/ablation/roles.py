"""The part that a fix plays in a recipe: paired comparison of trainings with and without it."""

from __future__ import annotations

import enum
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remedy.ablation.variant import Standard
from remedy.search import TrialRecord, mean_interval
from remedy.training import Status

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
        ranks: 1 if by Wilcoxon's signed-rank test skill falls without the fix, -1 if it rises, else 0. A few
            seeds that are stuck widen the t interval beyond use; ranks take them as what they are.
        status: how most trainings without the fix end, `failed` if any of them did; `None` if there is none.
    """

    drop: float
    drop_low: float
    drop_high: float
    stuck: bool
    ranks: int = 0
    status: Status | None = None

    @property
    def role(self) -> Role | None:
        """The fix's role; `None` if it cannot be told, since a training failed."""
        if self.status is Status.FAILED:
            return None
        if self.stuck:
            return Role.NEEDED
        if self.drop_low > 0 or self.ranks > 0:
            return Role.HELPFUL
        return Role.HARMFUL if self.drop_high < 0 or self.ranks < 0 else Role.NEUTRAL


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
        Mean and t interval of the paired differences, and what their ranks say.
    """
    after = {record.seed: record.skill for record in without_fix}
    pairs = [(record.skill, after[record.seed]) for record in with_fix if record.seed in after]
    if any(record.status is Status.FAILED for record in without_fix):
        return Comparison(math.nan, math.nan, math.nan, stuck=False, status=Status.FAILED)
    stuck = standard.mostly_stuck(without_fix)
    status = Counter(record.status for record in without_fix).most_common(1)[0][0] if without_fix else None
    broken = sum(not math.isfinite(skill) for _, skill in pairs) - sum(
        not math.isfinite(skill) for skill, _ in pairs
    )
    if not pairs or any(not math.isfinite(skill) for pair in pairs for skill in pair):
        drop = math.inf if broken > 0 else math.nan
        return Comparison(drop, drop, drop, stuck, status=status)
    differences = np.array([before - without for before, without in pairs])
    error_rate = (1 - CONFIDENCE) / comparisons
    low, high = mean_interval(differences, 1 - error_rate)
    ranks = _direction_by_ranks(differences, error_rate)
    return Comparison(float(differences.mean()), low, high, stuck, ranks, status=status)


def _direction_by_ranks(differences: NDArray[np.float64], error_rate: float) -> int:
    from scipy import stats

    if not differences.any():
        return 0
    sign = int(np.sign(stats.rankdata(np.abs(differences)) @ np.sign(differences)))
    return sign if stats.wilcoxon(differences).pvalue < error_rate else 0
