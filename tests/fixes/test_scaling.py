from __future__ import annotations

import pytest
from pydantic import ValidationError

from remedy.fixes.scaling import Scaling
from remedy.plan import Change, Plan, Preprocessing, diff

FIX = Scaling()


def test_sets_the_scaling_and_nothing_else(lstm_plan: Plan) -> None:
    assert diff(lstm_plan, FIX.apply(lstm_plan, "minmax")) == [
        Change("preprocessing.scaling", None, "minmax")
    ]


def test_keeps_the_other_scaling(lstm_plan: Plan) -> None:
    plan = lstm_plan.replace(preprocessing=Preprocessing(target_scaling="standard"))
    assert FIX.apply(plan, "minmax").preprocessing == Preprocessing(
        scaling="minmax", target_scaling="standard"
    )


@pytest.mark.parametrize("value", ["minmax", "standard", "robust"])
def test_accepts_its_scalers(value: str) -> None:
    FIX.check_value(value)


@pytest.mark.parametrize("value", ["min_max", True, None])
def test_refuses_unknown_scalers(value: object) -> None:
    with pytest.raises(ValidationError):
        FIX.check_value(value)
