from __future__ import annotations

import math

import pytest
from pydantic import ValidationError

from remedy.fixes.learning_rate import LearningRate
from remedy.plan import Change, KerasObject, Plan, diff

FIX = LearningRate()


def test_sets_the_rate_and_nothing_else(lstm_plan: Plan) -> None:
    assert diff(lstm_plan, FIX.apply(lstm_plan, 0.01)) == [Change("optimizer.learning_rate", 0.001, 0.01)]


def test_replaces_a_schedule_by_the_constant(lstm_plan: Plan) -> None:
    schedule = {"class_name": "ExponentialDecay", "config": {"initial_learning_rate": 0.1}}
    plan = lstm_plan.replace(optimizer=KerasObject(class_name="Adam", config={"learning_rate": schedule}))
    assert FIX.apply(plan, 0.01).optimizer.config["learning_rate"] == 0.01


def test_accepts_whole_numbers() -> None:
    FIX.check_value(1)


@pytest.mark.parametrize("value", [0, -0.1, math.inf, math.nan, "0.1", True, None])
def test_refuses_what_is_no_rate(value: object) -> None:
    with pytest.raises(ValidationError):
        FIX.check_value(value)
