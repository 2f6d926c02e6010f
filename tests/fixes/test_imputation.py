from __future__ import annotations

import pytest
from pydantic import ValidationError

from remedy.fixes import corners
from remedy.fixes.imputation import Imputation
from remedy.plan import Change, DataFacts, Plan, Preprocessing, diff

FIX = Imputation()


def with_data(plan: Plan, shape: tuple[int, ...] = (10, 2), **facts: bool) -> Plan:
    return plan.replace(data=DataFacts(input_shapes={"X": shape}, **facts))


def test_sets_the_imputation_and_nothing_else(lstm_plan: Plan) -> None:
    changed = FIX.apply(lstm_plan, "median")
    assert diff(lstm_plan, changed) == [Change("preprocessing.imputation", None, "median")]


def test_keeps_the_scaling(lstm_plan: Plan) -> None:
    plan = lstm_plan.replace(preprocessing=Preprocessing(scaling="minmax"))
    assert FIX.apply(plan, "median").preprocessing == Preprocessing(scaling="minmax", imputation="median")


def test_complete_inputs_that_all_vary_need_none(lstm_plan: Plan) -> None:
    assert FIX.not_applicable(with_data(lstm_plan)) == "X has no missing values and no constant feature"
    assert FIX.not_applicable(with_data(lstm_plan, missing=True)) is None
    assert FIX.not_applicable(with_data(lstm_plan, constant=True)) is None


@pytest.mark.parametrize(
    ("shape", "missing", "offered"),
    [
        ((10, 2), True, ["median", "forward_fill"]),
        ((10, 2), False, ["median"]),
        ((2,), True, ["median"]),
        ((8, 8, 3), True, ["median"]),
    ],
)
def test_fills_forward_only_where_samples_have_steps_with_gaps(
    lstm_plan: Plan, shape: tuple[int, ...], missing: bool, offered: list[str]
) -> None:
    plan = with_data(lstm_plan, shape, missing=missing, constant=True)
    assert list(corners(FIX.default_space(plan))) == offered


@pytest.mark.parametrize("value", ["mean", True, None, 0])
def test_refuses_other_values(value: object) -> None:
    with pytest.raises(ValidationError):
        FIX.check_value(value)
