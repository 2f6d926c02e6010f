from __future__ import annotations

import math

import pytest
from pydantic import ValidationError

from remedy.fixes.clipnorm import Clipnorm
from remedy.plan import Change, KerasObject, Plan, diff

FIX = Clipnorm()


def test_sets_the_norm_and_nothing_else(lstm_plan: Plan) -> None:
    assert diff(lstm_plan, FIX.apply(lstm_plan, 1.0)) == [Change("optimizer.clipnorm", None, 1.0)]


@pytest.mark.parametrize("other", ["clipvalue", "global_clipnorm"])
def test_replaces_other_kinds_of_clipping(lstm_plan: Plan, other: str) -> None:
    plan = lstm_plan.replace(
        optimizer=KerasObject(class_name="SGD", config={"learning_rate": 0.1, other: 0.5})
    )
    assert FIX.apply(plan, 2.0).optimizer.config == {"learning_rate": 0.1, "clipnorm": 2.0}


def test_the_value_the_optimizer_has_already_changes_nothing(lstm_plan: Plan) -> None:
    plan = FIX.apply(lstm_plan, 1.0)
    assert FIX.apply(plan, 1.0) == plan


@pytest.mark.parametrize("value", [0, -1.0, math.inf, "1", True])
def test_refuses_what_is_no_norm(value: object) -> None:
    with pytest.raises(ValidationError):
        FIX.check_value(value)
