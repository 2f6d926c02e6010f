from __future__ import annotations

from typing import Any

import keras
import pytest
from keras.optimizers import schedules
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


SCHEDULES = [
    (schedules.ExponentialDecay(0.1, decay_steps=100, decay_rate=0.9), 0.1),
    (schedules.InverseTimeDecay(0.2, decay_steps=100, decay_rate=0.9), 0.2),
    (schedules.PolynomialDecay(0.1, decay_steps=100), 0.1),
    (schedules.CosineDecay(0.1, decay_steps=100), 0.1),
    (schedules.CosineDecay(0.0, decay_steps=100, warmup_target=0.3, warmup_steps=10), 0.3),
    (schedules.CosineDecayRestarts(0.1, first_decay_steps=100), 0.1),
    (schedules.PiecewiseConstantDecay([10, 20], [0.4, 0.2, 0.1]), 0.4),
]


def under(plan: Plan, schedule: schedules.LearningRateSchedule) -> Plan:
    serialised = keras.saving.serialize_keras_object(schedule)
    config = {"learning_rate": serialised, "momentum": 0.9}
    return plan.replace(optimizer=KerasObject(class_name="SGD", config=config))


@pytest.mark.parametrize(("schedule", "rate"), SCHEDULES)
def test_a_schedule_of_keras_gives_way_to_its_first_rate(
    lstm_plan: Plan, schedule: schedules.LearningRateSchedule, rate: float
) -> None:
    plan = under(lstm_plan, schedule)
    changed = FIX.apply(plan, {"patience": 3})
    assert FIX.not_applicable(plan) is None
    assert changed.optimizer.config == {"learning_rate": rate, "momentum": 0.9}
    assert [callback.class_name for callback in changed.callbacks] == ["ReduceLROnPlateau"]


@pytest.mark.parametrize(("schedule", "rate"), SCHEDULES)
def test_that_rate_is_the_one_that_the_schedule_starts_or_warms_up_to(
    schedule: schedules.LearningRateSchedule, rate: float
) -> None:
    step = getattr(schedule, "warmup_steps", 0)
    assert float(schedule(step)) == pytest.approx(rate)


def test_all_schedules_of_keras_are_known() -> None:
    classes = {name for name, member in vars(schedules).items() if isinstance(member, type)}
    assert {type(schedule).__name__ for schedule, _ in SCHEDULES} == classes - {"LearningRateSchedule"}


@keras.saving.register_keras_serializable("my_package")
class Sawtooth(schedules.LearningRateSchedule):  # type: ignore[misc]
    def __call__(self, step: Any) -> Any:
        return 0.1 / (1 + step % 10)

    def get_config(self) -> dict[str, Any]:
        return {}


def test_says_why_it_does_not_apply_under_a_schedule_of_the_users_own(lstm_plan: Plan) -> None:
    plan = under(lstm_plan, Sawtooth())
    assert FIX.not_applicable(lstm_plan) is None
    assert "the schedule Sawtooth" in str(FIX.not_applicable(plan))
    assert FIX.apply(plan, {}) == plan


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
