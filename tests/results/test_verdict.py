"""When a verdict is `unstuck`, and what a study has cost."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from remedy.ablation import FixProof, Role
from remedy.diagnosis import Learnability, ProbeResult
from remedy.results.decision import (
    baseline_result,
    beats,
    best_result,
    confirmed_results,
    cost,
    decide,
    is_fine,
    learnability_result,
    minimal_result,
    skill_to_reach,
)
from remedy.results.verdict import BaselineResult, BestResult, Cost, Verdict
from remedy.search import TrialRecord, confirm
from remedy.training import Evaluation, Evaluations, Status
from tests.search.conftest import make_record

START = datetime(2026, 1, 1)


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


def best(**changes: object) -> BestResult:
    fields: dict[str, object] = {
        "trial": 3,
        "recipe": {"scaling": "minmax"},
        "skill": 0.7,
        "skill_low": 0.6,
        "skill_high": 0.8,
        "seeds": 5,
        "learning": 5,
        "test_skill": 0.5,
        "metrics": {"mse": 2.0},
    }
    return BestResult(**{**fields, **changes})  # type: ignore[arg-type]


HEALTHY = [make_record(i, seed=i, skill=0.4) for i in range(3)]


def probe(skill: float, low: float) -> Learnability:
    return Learnability((ProbeResult("ridge", skill, low, skill + 0.1), ProbeResult("knn", 0.0, -0.5, 0.1)))


def decided(result: BestResult | None, **changes: Any) -> str:
    arguments: dict[str, Any] = {
        "confirmations": [],
        "improved": True,
        "bar": 0.1,
        "smallest": {"scaling": "minmax"},
        "has_signal": True,
    }
    return decide(result, **{**arguments, **changes})


@pytest.mark.parametrize(
    ("result", "verdict"),
    [
        (best(), "unstuck"),
        (best(skill_low=0.1), "unstuck"),
        (best(skill_low=0.09), "still_stuck"),
        (best(skill_low=-math.inf), "still_stuck"),
        (best(learning=3), "unstuck"),
        (best(learning=2), "still_stuck"),
        (best(seeds=4, learning=2), "still_stuck"),
        (best(test_skill=0.0), "still_stuck"),
        (best(test_skill=-math.inf), "still_stuck"),
        (None, "still_stuck"),
    ],
)
def test_unstuck_needs_the_interval_most_seeds_and_the_test_split(
    result: BestResult | None, verdict: str
) -> None:
    assert decided(result) == verdict
    assert decided(result, improved=False) == "still_stuck"


def test_more_epochs_and_nothing_else_make_an_undertrained_baseline() -> None:
    assert decided(best(), smallest={"epochs": "x5"}) == "undertrained"
    assert decided(best(), smallest={"epochs": "x5", "scaling": "minmax"}) == "unstuck"
    assert decided(best(test_skill=-0.1), smallest={"epochs": "x5"}) == "still_stuck"


def test_there_is_no_signal_if_neither_a_probe_nor_a_recipe_surely_beats_a_constant() -> None:
    flat = [make_record(i, skill=skill, status=Status.FLAT) for i, skill in enumerate((0.2, -0.2, 0.1))]
    unsure = confirm({}, flat)
    sure = confirm({}, [make_record(i, skill=skill) for i, skill in enumerate((0.05, 0.06, 0.05))])
    assert decided(None, has_signal=False) == "no_signal"
    assert decided(None, has_signal=False, confirmations=[unsure]) == "no_signal"
    assert decided(None, has_signal=False, confirmations=[unsure, sure]) == "still_stuck"
    assert decided(best(test_skill=-0.5), has_signal=False, confirmations=[unsure]) == "no_signal"


def test_a_recipe_that_learns_with_most_seeds_is_a_signal_even_if_it_diverges_with_one() -> None:
    statuses = [Status.LEARNING] * 4 + [Status.DIVERGED]
    skills = [0.9, 0.9, 0.8, 0.9, math.nan]
    records = [make_record(i, skill=skills[i], status=status) for i, status in enumerate(statuses)]
    assert decided(None, has_signal=False, confirmations=[confirm({}, records)]) == "still_stuck"


def test_a_baseline_is_fine_only_if_every_seed_learns() -> None:
    learning, slow = make_record(0), make_record(1, status=Status.SLOW)
    assert is_fine([learning, learning, learning], bar=0.1)
    assert not is_fine([learning, learning, slow], bar=0.1)


def test_a_baseline_that_stays_far_below_what_a_simple_model_surely_reaches_has_plateaued() -> None:
    assert skill_to_reach(HEALTHY, probe(0.8, low=0.7), min_skill=0.1) == pytest.approx(0.6)
    assert not is_fine(HEALTHY, bar=0.6)
    assert baseline_result(HEALTHY, [None] * 3, fine=False).status is Status.PLATEAUED
    assert skill_to_reach(HEALTHY, probe(0.8, low=0.49), min_skill=0.1) == 0.1
    assert baseline_result(HEALTHY, [None] * 3, fine=True).status is Status.LEARNING
    stuck = [make_record(0, skill=0.0, status=Status.FLAT)]
    assert skill_to_reach(stuck, probe(0.8, low=0.7), min_skill=0.1) == 0.1
    assert skill_to_reach(HEALTHY, probe(math.nan, low=-math.inf), min_skill=0.1) == 0.1


def test_a_recipe_that_learns_with_the_same_seeds_as_the_baseline_does_not_beat_it() -> None:
    baseline = [make_record(i, seed=i, skill=skill) for i, skill in enumerate((0.5, 0.5, 0.02))]
    same = [make_record(i, seed=i, skill=skill) for i, skill in enumerate((0.505, 0.495, 0.03, 0.5, 0.5))]
    better = [make_record(i, seed=i, skill=skill) for i, skill in enumerate((0.6, 0.4, 0.5, 0.5, 0.5))]
    diverged = [make_record(i, seed=i, skill=math.nan) for i in range(3)]
    assert not beats(same, baseline)
    assert beats(better, baseline)
    assert beats(same, diverged)


def evaluations(skill: float, test_skill: float, mse: float) -> Evaluations:
    return Evaluations(Evaluation(skill, {"mse": mse}), Evaluation(test_skill, {"mse": 99.0}))


def test_results_are_means_over_seeds_and_test_metrics_are_not_among_them() -> None:
    records = [make_record(i, skill=skill, recipe={"clipnorm": 1.0}) for i, skill in enumerate((0.6, 0.8))]
    result = best_result(
        confirm({"clipnorm": 1.0}, records), [evaluations(0, 0.4, 1), evaluations(0, 0.6, 3)], 7
    )
    assert (result.trial, result.skill, result.test_skill) == (7, 0.7, 0.5)
    assert result.metrics == {"mse": 2.0}
    assert (result.seeds, result.learning) == (2, 2)


def test_a_diverged_training_makes_a_test_skill_that_cannot_pass() -> None:
    records = [make_record(0, skill=0.6), make_record(1, skill=math.nan, status=Status.DIVERGED)]
    result = best_result(confirm({}, records), [evaluations(0, 0.4, 1), None], 7)
    assert result.test_skill == -math.inf
    assert decided(result) == "still_stuck"


def test_the_baselines_status_is_the_most_frequent_one() -> None:
    statuses = [Status.DIVERGED, Status.FLAT, Status.FLAT]
    records = [make_record(i, status=status, skill=-0.1) for i, status in enumerate(statuses)]
    result = baseline_result(records, [None, evaluations(0, 0, 1), evaluations(0, 0, 1)], fine=False)
    assert result.status is Status.FLAT
    assert result.skill == pytest.approx(-0.1)
    assert math.isnan(result.test_skill)


def test_the_smallest_recipe_has_a_test_skill_of_its_own() -> None:
    records = [make_record(i, seed=i, skill=0.4 + 0.1 * i) for i in range(3)]
    result = minimal_result(confirm({"scaling": "minmax"}, records), [evaluations(0.5, 0.3, 2)] * 3)
    assert result.skill == pytest.approx(0.5)
    assert (result.seeds, result.learning) == (3, 3)
    assert result.test_skill == pytest.approx(0.3)
    assert result.metrics.keys() == {"mse"}


def test_what_was_confirmed_is_told_by_trial_the_highest_bound_first() -> None:
    first, second = {"scaling": "minmax"}, {"clipnorm": 1.0}
    searched = [
        make_record(number, recipe=recipe) for number, recipe in ((7, first), (4, second), (9, first))
    ]
    scattered = [make_record(i, seed=i, skill=skill) for i, skill in enumerate((0.5, 0.9))]
    even = [make_record(i, seed=i, skill=0.6) for i in range(2)]
    results = confirmed_results([confirm(first, scattered), confirm(second, even)], searched)
    assert [one.trial for one in results] == [4, 7]
    assert [one.skill for one in results] == pytest.approx([0.6, 0.7])


def test_the_verdict_is_plain_json_even_with_figures_that_are_not_finite() -> None:
    verdict = Verdict(
        verdict="still_stuck",
        baseline=BaselineResult(Status.DIVERGED, math.nan, math.nan, {}, seeds=3, learning=0),
        best=best(skill_low=-math.inf, skill_high=-math.inf),
        minimal=None,
        confirmed=(),
        fixes=(FixProof("clipnorm", 1.0, drop=math.inf, role=Role.HELPFUL),),
        effects=(),
        learnability=learnability_result(Learnability((ProbeResult("ridge", 0.3, -math.inf, 0.4),))),
        ablation="unfinished",
        cost=Cost(10, 12.5, 1.0, None, 0.25, {"search": 10}),
    )
    plain = json.loads(json.dumps(verdict.to_plain(), allow_nan=False))
    before: dict[str, Any] = {"status": "diverged", "skill": None, "test_skill": None, "metrics": {}}
    assert plain["baseline"] == {**before, "seeds": 3, "learning": 0}
    assert plain["best"]["skill_low"] is None
    assert (plain["fixes"][0]["drop"], plain["fixes"][0]["role"]) == (None, "helpful")
    assert plain["learnability"] == {"probe": "ridge", "skill": 0.3, "skill_low": None, "skill_high": 0.4}
    assert plain["cost"]["first_unstuck_seconds"] is None


def trained(start: float, end: float, *, seconds: float | None = None, **fields: Any) -> TrialRecord:
    """A training from one reading of the clock to another, which took so long in truth."""
    seconds = end - start if seconds is None else seconds
    number = fields.pop("number", 0)
    fields.setdefault("status", Status.FLAT)
    return make_record(number, started=at(start), finished=at(end), seconds=seconds, **fields)


def seconds_of(baseline: Sequence[TrialRecord], *search: TrialRecord) -> tuple[float, float | None]:
    figures = cost({"baseline": baseline, "search": search}, lambda _: 20)
    return figures.seconds, figures.first_unstuck_seconds


def test_parallel_work_counts_once_and_pauses_never() -> None:
    records = [trained(0, 10), trained(5, 12), trained(6, 7), trained(100, 103)]
    assert seconds_of(records[:1], *records[1:]) == (15, None)
    assert seconds_of(records[3:], *records[:3]) == (15, None)


def test_a_trial_that_was_interrupted_and_taken_up_again_counts_without_the_pause() -> None:
    day = 86_400
    assert seconds_of([trained(0, 10)], trained(10, day, seconds=5)) == (15, None)
    failed = trained(10, day, seconds=math.nan, status=Status.FAILED)
    assert seconds_of([trained(0, 10)], failed) == (10, None)


def test_a_clock_that_is_set_meanwhile_makes_no_training_longer_or_negative() -> None:
    hour = 3600
    for jump in (2 * hour, -2 * hour):
        assert seconds_of([trained(0, 10)], trained(10, jump, seconds=10)) == (20, None)


def test_the_loss_was_unstuck_when_the_first_trial_that_learned_was_over_whatever_its_number() -> None:
    slow = trained(10, 110, number=0, status=Status.LEARNING)
    quick = trained(11, 14, number=1, status=Status.LEARNING)
    assert seconds_of([trained(0, 10)], slow, quick) == (110, 14)
