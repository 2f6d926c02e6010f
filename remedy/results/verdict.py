"""The verdict: the last word on an experiment."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np

from remedy.plan import Recipe
from remedy.search import EQUAL_SKILL, Confirmation, TrialRecord
from remedy.training import Evaluations, Status

VerdictName = Literal["already_learning", "unstuck", "still_stuck"]
"""`already_learning`: the baseline is fine. `unstuck`: a recipe holds up under fresh seeds.
`still_stuck`: no recipe in the budget did."""


@dataclass(frozen=True)
class BaselineResult:
    """The user's training as it is, over its seeds.

    Attributes:
        status: the most frequent one.
        skill: mean validation skill; NaN if a training diverged.
        test_skill: mean test skill, NaN if a training diverged.
    """

    status: Status
    skill: float
    test_skill: float


@dataclass(frozen=True)
class BestResult:
    """The recipe that held up best, over fresh seeds.

    Attributes:
        trial: number of the recipe's highest ranked trial in the search.
        seeds: how many trainings the interval is made of.
        learning: how many of them ended `learning`.
        test_skill: mean test skill.
        metrics: means on the validation split, in the target's units.
    """

    trial: int
    recipe: Recipe
    skill: float
    skill_low: float
    skill_high: float
    seeds: int
    learning: int
    test_skill: float
    metrics: dict[str, float]


@dataclass(frozen=True)
class Cost:
    """What a study took.

    Attributes:
        trials: finished trials of the search.
        seconds: wall time in which at least one training ran, pauses between runs left out.
        baseline_seconds: mean duration of one baseline training.
        first_unstuck_seconds: the part of `seconds` until the search's first trial that learned, if one did.
    """

    trials: int
    seconds: float
    baseline_seconds: float
    first_unstuck_seconds: float | None


@dataclass(frozen=True)
class Verdict:
    """What is written to `verdict.json`."""

    verdict: VerdictName
    baseline: BaselineResult
    best: BestResult | None
    cost: Cost

    def to_plain(self) -> dict[str, Any]:
        """The verdict as JSON data; figures that are not finite are `None`."""
        plain: dict[str, Any] = _plain(self)
        return plain


def decide(best: BestResult | None, *, improved: bool, min_skill: float) -> VerdictName:
    """The verdict on a stuck baseline.

    Args:
        best: the confirmed recipe with the highest lower bound, if any recipe was worth confirming.
        improved: whether the recipe beats the baseline (see `beats`).
        min_skill: the skill that counts as learning.

    Returns:
        `unstuck` if the recipe beats the baseline, the lower bound reaches `min_skill`, most seeds end
        `learning` and the test skill is above 0, else `still_stuck`.
    """
    if best is None or not improved:
        return "still_stuck"
    confirmed = best.skill_low >= min_skill and best.learning > best.seeds / 2
    return "unstuck" if confirmed and best.test_skill > 0 else "still_stuck"


def beats(recipe: Sequence[TrialRecord], baseline: Sequence[TrialRecord]) -> bool:
    """Whether a recipe has more skill than the baseline with most of the seeds that both were trained with.

    A baseline that learns with some seeds only is stuck; a recipe that changes nothing to speak of would
    then learn with as many, and must not count as its cure.
    """
    before = {record.seed: record.skill for record in baseline}
    pairs = [(record.skill, before[record.seed]) for record in recipe if record.seed in before]
    better = [after > skill + EQUAL_SKILL or math.isnan(skill) for after, skill in pairs]
    return sum(better) > len(pairs) / 2


def is_fine(baseline: Sequence[TrialRecord]) -> bool:
    """Whether every baseline training ended `learning`."""
    return all(record.status is Status.LEARNING for record in baseline)


def baseline_result(
    records: Sequence[TrialRecord], evaluations: Sequence[Evaluations | None]
) -> BaselineResult:
    """Summarise the baseline's trainings; an evaluation is `None` where a training diverged."""
    (status, _), *_ = Counter(record.status for record in records).most_common()
    return BaselineResult(
        status=status,
        skill=float(np.mean([record.skill for record in records])),
        test_skill=float(np.mean([item.test.skill if item else math.nan for item in evaluations])),
    )


def best_result(
    confirmation: Confirmation, evaluations: Sequence[Evaluations | None], trial: int
) -> BestResult:
    """Summarise the winner's trainings; an evaluation is `None` where a training diverged."""
    present = [item for item in evaluations if item]
    complete = len(present) == len(evaluations)
    names = set.intersection(*(set(item.validation.metrics) for item in present)) if complete else set()
    return BestResult(
        trial=trial,
        recipe=confirmation.recipe,
        skill=confirmation.skill,
        skill_low=confirmation.skill_low,
        skill_high=confirmation.skill_high,
        seeds=len(confirmation.records),
        learning=confirmation.learning,
        test_skill=float(np.mean([item.test.skill for item in present])) if complete else -math.inf,
        metrics={
            name: float(np.mean([item.validation.metrics[name] for item in present]))
            for name in sorted(names)
        },
    )


def cost(
    baseline: Sequence[TrialRecord], search: Sequence[TrialRecord], confirmation: Sequence[TrialRecord]
) -> Cost:
    """Add up what the trainings took."""
    spans = [(record.started, record.finished) for record in (*baseline, *search, *confirmation)]
    learned = [record.finished for record in search if record.status is Status.LEARNING]
    return Cost(
        trials=len(search),
        seconds=round(busy_seconds(spans), 2),
        baseline_seconds=round(float(np.mean([record.seconds for record in baseline])), 2),
        first_unstuck_seconds=round(busy_seconds(spans, until=min(learned)), 2) if learned else None,
    )


def busy_seconds(spans: Iterable[tuple[datetime, datetime]], until: datetime | None = None) -> float:
    """The time covered by at least one span, up to `until`."""
    total, reached = 0.0, None
    for start, end in sorted(spans):
        if until is not None:
            end = min(end, until)
        if reached is not None:
            start = max(start, reached)
        if end > start:
            total += (end - start).total_seconds()
            reached = end
    return total


def _plain(value: Any) -> Any:
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
