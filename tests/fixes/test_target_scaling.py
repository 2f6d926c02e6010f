from __future__ import annotations

import pytest
from pydantic import ValidationError

from remedy.fixes.target_scaling import TargetScaling
from remedy.plan import Change, Plan, Preprocessing, diff

FIX = TargetScaling()


def test_sets_the_scaling_and_nothing_else(lstm_plan: Plan) -> None:
    assert diff(lstm_plan, FIX.apply(lstm_plan, "minmax")) == [
        Change("preprocessing.target_scaling", None, "minmax")
    ]


def test_keeps_the_other_scaling(lstm_plan: Plan) -> None:
    plan = lstm_plan.replace(preprocessing=Preprocessing(scaling="standard"))
    assert FIX.apply(plan, "minmax").preprocessing == Preprocessing(
        target_scaling="minmax", scaling="standard"
    )


@pytest.mark.parametrize("value", ["minmax", "standard", "robust"])
def test_accepts_its_scalers(value: str) -> None:
    FIX.check_value(value)


@pytest.mark.parametrize("value", ["min_max", True, None])
def test_refuses_unknown_scalers(value: object) -> None:
    with pytest.raises(ValidationError):
        FIX.check_value(value)


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel"])
def test_says_why_it_does_not_apply_to_classes(lstm_plan: Plan, task: str) -> None:
    assert FIX.not_applicable(lstm_plan) is None
    assert f"task: {task}" in str(FIX.not_applicable(lstm_plan.replace(task=task)))
