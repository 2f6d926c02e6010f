from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from remedy.fixes import Choice, Parameters, apply_recipe, corners, drop_idle_fixes, parse_space
from remedy.fixes.catalogue import EXAMPLE
from remedy.fixes.cyclical_learning_rate import CyclicalLearningRate
from remedy.plan import Change, KerasObject, Plan, diff

FIX = CyclicalLearningRate()
VALUE = {"base": 1e-4, "peak": 1e-2, "epochs": 4}
CALLBACK = KerasObject(class_name="CyclicalLearningRate", config=VALUE)


def test_adds_the_callback_and_starts_from_the_base(lstm_plan: Plan) -> None:
    assert diff(lstm_plan, FIX.apply(lstm_plan, VALUE)) == [
        Change("optimizer.learning_rate", 0.001, 1e-4),
        Change("callbacks.CyclicalLearningRate", None, VALUE),
    ]


def test_takes_the_place_of_a_schedule_and_of_a_plateau(lstm_plan: Plan) -> None:
    schedule = {"class_name": "CosineDecay", "config": {"initial_learning_rate": 0.1, "decay_steps": 100}}
    stop = KerasObject(class_name="TerminateOnNaN")
    plan = FIX.apply(
        lstm_plan.replace(
            optimizer=KerasObject(class_name="SGD", config={"learning_rate": schedule, "momentum": 0.9}),
            callbacks=(KerasObject(class_name="ReduceLROnPlateau", config={"patience": 3}), stop),
        ),
        VALUE,
    )
    assert plan.optimizer.config == {"learning_rate": 1e-4, "momentum": 0.9}
    assert plan.callbacks == (stop, CALLBACK)


def test_makes_other_changes_of_the_rate_idle(lstm_plan: Plan) -> None:
    recipe = {"cyclical_learning_rate": VALUE, "learning_rate": 0.1, "reduce_lr_on_plateau": {"patience": 3}}
    assert apply_recipe(lstm_plan, recipe) == FIX.apply(lstm_plan, VALUE)
    assert drop_idle_fixes(lstm_plan, recipe) == {"cyclical_learning_rate": VALUE}


@given(st.integers(1, 300))
def test_a_whole_number_of_cycles_fits_into_the_training_by_default(epochs: int) -> None:
    space = FIX.default_space(EXAMPLE.replace(epochs=epochs))
    FIX.check_space(space)
    assert isinstance(space, Parameters)
    lengths = list(corners(space.spaces["epochs"]))
    assert len(lengths) <= 3
    assert all(epochs % length == 0 for length in lengths)
    assert max(lengths) == epochs


@pytest.mark.timeout(10)
@pytest.mark.parametrize(("epochs", "lengths"), [(2**31, [2**29, 2**30, 2**31]), (2**61 - 1, [2**61 - 1])])
def test_the_space_of_a_training_of_any_length_is_there_at_once(epochs: int, lengths: list[int]) -> None:
    space = FIX.default_space(EXAMPLE.replace(epochs=epochs))
    assert isinstance(space, Parameters)
    assert list(corners(space.spaces["epochs"])) == lengths


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"base": 0.1}, "base (0.1) is above peak (0.01)"),
        ({"base": 0}, "greater than 0"),
        ({"peak": float("inf")}, "finite"),
        ({"epochs": 0}, "greater than or equal to 1"),
        ({"epochs": 2.5}, "integer"),
        ({"step": 3}, "not permitted"),
    ],
)
def test_refuses_what_is_no_cycle(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as error:
        FIX.check_value(VALUE | change)
    assert message in str(error.value)


@pytest.mark.parametrize("missing", VALUE)
def test_needs_every_part_of_a_cycle(missing: str) -> None:
    with pytest.raises(ValidationError, match=missing):
        FIX.check_value({key: value for key, value in VALUE.items() if key != missing})


def test_a_space_in_which_a_base_may_meet_a_lower_peak_is_refused() -> None:
    rising = {"base": {"low": 1e-4, "high": 1e-2}, "peak": {"low": 1e-2, "high": 1.0}, "epochs": [2, 4]}
    crossing = rising | {"base": {"low": 1e-4, "high": 1e-1}}
    FIX.check_space(parse_space([rising, VALUE]))
    FIX.check_space(Choice((parse_space(rising), parse_space(VALUE))))
    for space in (crossing, [VALUE, crossing]):
        with pytest.raises(ValidationError, match="above peak"):
            FIX.check_space(parse_space(space))
