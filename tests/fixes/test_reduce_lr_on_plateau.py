from __future__ import annotations

import pytest
from pydantic import ValidationError

from remedy.fixes.reduce_lr_on_plateau import ReduceLROnPlateau
from remedy.plan import KerasObject, Plan

FIX = ReduceLROnPlateau()


def test_watches_the_training_loss(lstm_plan: Plan) -> None:
    plan = FIX.apply(lstm_plan, {"factor": 0.5, "patience": 3, "min_lr": 0.0})
    assert plan.callbacks == (
        KerasObject(
            class_name="ReduceLROnPlateau",
            config={"monitor": "loss", "factor": 0.5, "patience": 3, "min_lr": 0.0},
        ),
    )


def test_parameters_left_out_take_the_default(lstm_plan: Plan) -> None:
    (callback,) = FIX.apply(lstm_plan, {"patience": 10}).callbacks
    assert callback.config == {"monitor": "loss", "factor": 0.1, "patience": 10, "min_lr": 1e-6}


def test_replaces_the_one_that_is_there_and_keeps_its_place(lstm_plan: Plan) -> None:
    own = KerasObject(class_name="ReduceLROnPlateau", config={"monitor": "val_loss"})
    stop = KerasObject(class_name="TerminateOnNaN")
    plan = FIX.apply(lstm_plan.replace(callbacks=(own, stop)), {})
    assert [callback.class_name for callback in plan.callbacks] == ["ReduceLROnPlateau", "TerminateOnNaN"]
    assert plan.callbacks[0].config["monitor"] == "loss"


def test_says_why_it_does_not_apply_under_a_schedule(lstm_plan: Plan) -> None:
    schedule = {"class_name": "CosineDecay", "config": {"initial_learning_rate": 0.1, "decay_steps": 100}}
    plan = lstm_plan.replace(optimizer=KerasObject(class_name="SGD", config={"learning_rate": schedule}))
    assert FIX.not_applicable(lstm_plan) is None
    assert "schedule" in str(FIX.not_applicable(plan))


@pytest.mark.parametrize(
    "value",
    [
        {"factor": 1.0},
        {"factor": 0},
        {"patience": 0},
        {"patience": 2.5},
        {"min_lr": -1.0},
        {"cooldown": 2},
        True,
        0.1,
    ],
)
def test_refuses_what_keras_would_not_take(value: object) -> None:
    with pytest.raises(ValidationError):
        FIX.check_value(value)
