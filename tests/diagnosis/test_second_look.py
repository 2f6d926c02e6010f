"""What is changed beside the causes: a rate that clearly suits better, Adam where one rate suits nothing."""

from __future__ import annotations

import math

import pytest

from remedy.diagnosis import adaptive_rate, better_rate, needs_adaptive_rates
from remedy.plan import KerasObject, Model, Plan
from remedy.training.measurements import OneBatch, RangeTest

LEARNS = (1.0, 0.9, 0.4)
IDLE = (1.0, 0.99, 0.97)


def plan(optimizer: str, rate: float) -> Plan:
    config = {"learning_rate": rate}
    return Plan(
        task="regression",
        metric="mse",
        model=Model(),
        optimizer=KerasObject(class_name=optimizer, config=config),
        loss="mse",
        epochs=1,
        batch_size=32,
    )


def range_test_with(suggestion: float | None, losses: tuple[float, ...] = LEARNS) -> RangeTest:
    return RangeTest((1e-5, 1e-3, 0.1), losses, suggestion, None)


def batch(skill: float, skill_tuned: float | None) -> OneBatch:
    return OneBatch(32, 300, skill, skill_tuned)


@pytest.mark.parametrize(
    ("used", "suggested", "expected"),
    [
        (1e-3, 8e-3, {"learning_rate": 8e-3}),
        (8e-3, 1e-3, {"learning_rate": 1e-3}),
        (1e-3, 2e-3, {}),
        (1e-3, None, {}),
        (1e-3, 0.5, {"learning_rate": 0.01}),
    ],
)
def test_a_rate_is_changed_if_another_is_far_better_and_usual_for_the_optimizer(
    used: float, suggested: float | None, expected: dict[str, float]
) -> None:
    assert better_rate(plan("Adam", used), range_test_with(suggested)) == expected


def test_where_the_loss_hardly_falls_its_steepest_fall_is_chance() -> None:
    assert better_rate(plan("Adam", 1e-3), range_test_with(8e-3, IDLE)) == {}


@pytest.mark.parametrize(
    ("optimizer", "test", "one_batch", "expected"),
    [
        ("SGD", range_test_with(None), None, True),
        ("SGD", range_test_with(0.1, IDLE), None, True),
        ("SGD", range_test_with(0.1), None, False),
        ("SGD", range_test_with(0.1), batch(-0.1, 0.04), True),
        ("SGD", range_test_with(0.1), batch(math.nan, 0.04), True),
        ("SGD", range_test_with(0.1), batch(math.nan, 0.95), False),
        ("SGD", range_test_with(0.1), batch(-0.1, 0.95), False),
        ("SGD", range_test_with(0.1), batch(0.5, None), False),
        ("SGD", RangeTest((), (), None, None), None, False),
        ("Adam", range_test_with(None), batch(-0.1, 0.04), False),
    ],
)
def test_plain_gradient_descent_gives_way_where_it_learns_at_no_rate(
    optimizer: str, test: RangeTest, one_batch: OneBatch | None, expected: bool
) -> None:
    assert needs_adaptive_rates(plan(optimizer, 0.01), test, one_batch) is expected


def test_another_optimizer_comes_with_a_rate_of_its_own() -> None:
    assert adaptive_rate(plan("Adam", 5.0), range_test_with(2e-3)) == {"learning_rate": 2e-3}
    assert adaptive_rate(plan("Adam", 5.0), range_test_with(None)) == {"learning_rate": 0.001}
