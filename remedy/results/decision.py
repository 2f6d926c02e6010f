"""From trainings and evaluations to a verdict."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

from remedy.diagnosis import Learnability
from remedy.plan import Recipe, recipe_key
from remedy.results.verdict import (
    BaselineResult,
    BestResult,
    ConfirmedResult,
    Cost,
    LearnabilityResult,
    MinimalResult,
    RecipeResult,
    VerdictName,
)
from remedy.search import EQUAL_SKILL, Confirmation, TrialRecord
from remedy.training import Evaluations, Status

PLATEAU = 0.1
"""A baseline that learns, but stays this much skill below a simple model, is plateaued."""


def skill_to_reach(baseline: Sequence[TrialRecord], learnability: Learnability, min_skill: float) -> float:
    """The skill that counts as a cure.

    It is `min_skill`, unless the baseline has that already with every seed and stays further than `PLATEAU`
    below what a simple model surely reaches: then it is what separates the two.
    """
    if not all(record.status is Status.LEARNING for record in baseline):
        return min_skill
    within_reach = learnability.best.skill_low - PLATEAU
    skill = float(np.mean([record.skill for record in baseline]))
    return max(within_reach, min_skill) if skill < within_reach else min_skill


def is_fine(baseline: Sequence[TrialRecord], bar: float) -> bool:
    """Whether every baseline training ended `learning`, and the skill to reach is reached on average."""
    learning = all(record.status is Status.LEARNING for record in baseline)
    return learning and float(np.mean([record.skill for record in baseline])) >= bar


def decide(
    best: BestResult | None,
    confirmations: Sequence[Confirmation],
    *,
    improved: bool,
    bar: float,
    smallest: Recipe | None,
    has_signal: bool,
) -> VerdictName:
    """The verdict on a stuck baseline.

    Args:
        best: the confirmed recipe with the highest lower bound, if any recipe was worth confirming.
        confirmations: all confirmed recipes.
        improved: whether the best recipe beats the baseline (see `beats`).
        bar: the skill that counts as learning.
        smallest: the smallest recipe that is known to do it.
        has_signal: whether a simple model beats a constant, or could not be measured, or the baseline learns
            with some seed.

    Returns:
        `unstuck` if the recipe beats the baseline, the lower bound reaches the bar, most seeds end `learning`
        and the test skill is above 0; `undertrained` if more epochs are all that it takes. Else `still_stuck`
        if there is signal, or a recipe that is surely better than a constant or learns with most seeds (one
        that diverges now and then has no interval), or `no_signal`.
    """
    if best is not None and improved:
        confirmed = best.skill_low >= bar and best.learning > best.seeds / 2
        if confirmed and best.test_skill > 0:
            return "undertrained" if smallest is not None and set(smallest) == {"epochs"} else "unstuck"
    learned = any(one.skill_low > 0 or one.learning > len(one.records) / 2 for one in confirmations)
    return "still_stuck" if has_signal or learned else "no_signal"


def beats(recipe: Sequence[TrialRecord], baseline: Sequence[TrialRecord]) -> bool:
    """Whether a recipe has more skill than the baseline with most of the seeds that both were trained with.

    A baseline that learns with some seeds only is stuck; a recipe that changes nothing to speak of would
    then learn with as many, and must not count as its cure.
    """
    before = {record.seed: record.skill for record in baseline}
    pairs = [(record.skill, before[record.seed]) for record in recipe if record.seed in before]
    better = [after > skill + EQUAL_SKILL or math.isnan(skill) for after, skill in pairs]
    return sum(better) > len(pairs) / 2


def baseline_result(
    records: Sequence[TrialRecord], evaluations: Sequence[Evaluations | None], *, fine: bool
) -> BaselineResult:
    """Summarise the baseline's trainings; an evaluation is `None` where a training diverged."""
    (status, _), *_ = Counter(record.status for record in records).most_common()
    if not fine and all(record.status is Status.LEARNING for record in records):
        status = Status.PLATEAUED
    return BaselineResult(
        status=status,
        skill=float(np.mean([record.skill for record in records])),
        test_skill=float(np.mean([item.test.skill if item else math.nan for item in evaluations])),
        metrics=_mean_metrics(evaluations),
        seeds=len(records),
        learning=sum(record.status is Status.LEARNING for record in records),
    )


def best_result(
    confirmation: Confirmation, evaluations: Sequence[Evaluations | None], trial: int
) -> BestResult:
    """Summarise the winner's trainings; an evaluation is `None` where a training diverged."""
    return BestResult(trial=trial, **vars(_recipe_result(confirmation, evaluations)))


def minimal_result(confirmation: Confirmation, evaluations: Sequence[Evaluations | None]) -> MinimalResult:
    """Summarise the smallest recipe's trainings; an evaluation is `None` where a training diverged."""
    return MinimalResult(**vars(_recipe_result(confirmation, evaluations)))


def _recipe_result(confirmation: Confirmation, evaluations: Sequence[Evaluations | None]) -> RecipeResult:
    present = [item for item in evaluations if item]
    complete = len(present) == len(evaluations)
    return RecipeResult(
        recipe=confirmation.recipe,
        skill=confirmation.skill,
        skill_low=confirmation.skill_low,
        skill_high=confirmation.skill_high,
        seeds=len(confirmation.records),
        learning=confirmation.learning,
        test_skill=float(np.mean([item.test.skill for item in present])) if complete else -math.inf,
        metrics=_mean_metrics(evaluations),
    )


def confirmed_results(
    confirmations: Iterable[Confirmation], ranked: Sequence[TrialRecord]
) -> tuple[ConfirmedResult, ...]:
    """Summarise what fresh seeds say of the search's best recipes, the highest lower bound first.

    Args:
        confirmations: of recipes of the search.
        ranked: its trials.
    """
    first = {recipe_key(record.recipe): record.number for record in reversed(ranked)}
    results = [
        ConfirmedResult(
            trial=first[recipe_key(one.recipe)],
            skill=one.skill,
            skill_low=one.skill_low,
            skill_high=one.skill_high,
            seeds=len(one.records),
            learning=one.learning,
        )
        for one in confirmations
    ]
    return tuple(sorted(results, key=lambda result: -result.skill_low))


def _mean_metrics(evaluations: Sequence[Evaluations | None]) -> dict[str, float]:
    """Means on the validation split of what all trainings have; nothing where one diverged."""
    present = [item.validation.metrics for item in evaluations if item]
    names = set.intersection(*map(set, present)) if len(present) == len(evaluations) else set()
    return {name: float(np.mean([metrics[name] for metrics in present])) for name in sorted(names)}


def learnability_result(learnability: Learnability) -> LearnabilityResult:
    """The probe that is surest to have learned something."""
    best = learnability.best
    return LearnabilityResult(best.name, best.skill, best.skill_low, best.skill_high)


def cost(phases: Mapping[str, Sequence[TrialRecord]], epochs: Callable[[Recipe], int]) -> Cost:
    """Add up what the trainings took.

    Args:
        phases: the trainings of each Optuna study, `baseline` and `search` among them.
        epochs: those that a training of a recipe has if it ends.
    """
    everything = [_span(record) for records in phases.values() for record in records]
    learned = [_span(trial)[1] for trial in phases["search"] if trial.status is Status.LEARNING]
    return Cost(
        trials=len(phases["search"]),
        seconds=round(_busy_seconds(everything), 2),
        baseline_seconds=round(float(np.mean([record.seconds for record in phases["baseline"]])), 2),
        first_unstuck_seconds=round(_busy_seconds(everything, min(learned)), 2) if learned else None,
        epochs_saved=round(_epochs_saved(phases["search"], epochs), 4),
        trainings={phase: len(records) for phase, records in phases.items()},
    )


def _epochs_saved(trials: Sequence[TrialRecord], epochs: Callable[[Recipe], int]) -> float:
    started = [trial for trial in trials if trial.status is not Status.FAILED]
    planned = sum(epochs(trial.recipe) for trial in started)
    return 1 - sum(trial.epochs for trial in started) / planned if planned else 0.0


def _busy_seconds(spans: Iterable[tuple[datetime, datetime]], until: datetime | None = None) -> float:
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


def _span(record: TrialRecord) -> tuple[datetime, datetime]:
    """From when to when it was trained: its length is by a clock that nobody sets, and without pauses."""
    seconds = record.seconds if math.isfinite(record.seconds) else 0.0
    return record.finished - timedelta(seconds=seconds), record.finished
