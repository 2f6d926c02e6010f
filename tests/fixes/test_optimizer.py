from __future__ import annotations

import inspect
from typing import Any, get_args

import keras
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from remedy.fixes import corners, get_fix
from remedy.fixes.catalogue import EXAMPLE
from remedy.fixes.optimizer import Optimizer
from remedy.plan import Change, KerasObject, Plan, diff

FIX = Optimizer()
NAMES = get_args(FIX.value_type)
CLASSES: dict[str, Any] = {
    cls.__name__.lower(): cls for cls in vars(keras.optimizers).values() if isinstance(cls, type)
}
SCHEDULE = {
    "module": "keras.optimizers.schedules",
    "class_name": "ExponentialDecay",
    "config": {"initial_learning_rate": 0.1, "decay_steps": 100, "decay_rate": 0.9},
    "registered_name": None,
}


def with_optimizer(plan: Plan, class_name: str, **config: Any) -> Plan:
    return plan.replace(optimizer=KerasObject(class_name=class_name, config=config))


def built(optimizer: KerasObject) -> Any:
    return CLASSES[optimizer.class_name.lower()].from_config(dict(optimizer.config))


def test_changes_the_class_and_keeps_what_both_know(lstm_plan: Plan) -> None:
    plan = with_optimizer(
        lstm_plan, "Adam", learning_rate=0.01, beta_1=0.8, amsgrad=True, clipnorm=1.0, use_ema=True
    )
    assert diff(plan, FIX.apply(plan, "nadam")) == [
        Change("optimizer.class_name", "Adam", "Nadam"),
        Change("optimizer.amsgrad", True, None),
    ]


def test_drops_what_the_new_class_does_not_know(lstm_plan: Plan) -> None:
    plan = with_optimizer(lstm_plan, "SGD", learning_rate=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)
    assert FIX.apply(plan, "adam").optimizer.config == {"learning_rate": 0.1, "weight_decay": 0.01}


def test_keeps_a_schedule(lstm_plan: Plan) -> None:
    optimizer = FIX.apply(with_optimizer(lstm_plan, "SGD", learning_rate=SCHEDULE), "adam").optimizer
    assert optimizer.config == {"learning_rate": SCHEDULE}
    assert built(optimizer).get_config()["learning_rate"]["class_name"] == "ExponentialDecay"


@pytest.mark.parametrize("before", NAMES)
@pytest.mark.parametrize("after", NAMES)
@pytest.mark.parametrize("complete", [True, False])
def test_rate_decay_and_clipping_are_the_same_in_keras(
    lstm_plan: Plan, before: str, after: str, complete: bool
) -> None:
    """From the arguments that differ from Keras' defaults as well as from the complete configuration."""
    old = CLASSES[before](clipvalue=0.5, use_ema=True, ema_momentum=0.9)
    config = old.get_config() if complete else {"clipvalue": 0.5, "use_ema": True, "ema_momentum": 0.9}
    new = built(FIX.apply(with_optimizer(lstm_plan, CLASSES[before].__name__, **config), after).optimizer)
    kept = ["learning_rate", "clipnorm", "clipvalue", "global_clipnorm", "use_ema", "ema_momentum"]
    # AdamW is another name for Adam with weight decay, so choosing it means to have some.
    kept += [] if after == "adamw" and old.weight_decay is None else ["weight_decay"]
    assert type(new) is CLASSES[after]
    assert {key: new.get_config()[key] for key in kept} == {key: old.get_config()[key] for key in kept}


def test_an_optimizer_that_is_not_in_the_list_gives_way_too(lstm_plan: Plan) -> None:
    plan = with_optimizer(lstm_plan, "Muon", learning_rate=0.02, ns_steps=3, clipnorm=1.0)
    assert built(FIX.apply(plan, "sgd").optimizer).get_config()["weight_decay"] == pytest.approx(0.004)
    assert "ns_steps" not in FIX.apply(plan, "adam").optimizer.config


def test_the_baselines_own_class_is_not_offered(lstm_plan: Plan) -> None:
    assert list(corners(FIX.default_space(lstm_plan))) == ["rmsprop", "nadam"]
    sgd = with_optimizer(lstm_plan, "SGD", learning_rate=0.1)
    assert list(corners(FIX.default_space(sgd))) == ["adam", "rmsprop", "nadam"]


@pytest.mark.parametrize("name", NAMES)
def test_the_class_that_it_has_already_changes_nothing(lstm_plan: Plan, name: str) -> None:
    changed = FIX.apply(lstm_plan, name)
    assert FIX.apply(changed, name) == changed
    assert set(changed.optimizer.config) <= set(inspect.signature(CLASSES[name]).parameters)


@given(st.sampled_from(NAMES), st.floats(1e-6, 1), st.floats(0.1, 10), st.permutations(range(3)))
def test_rate_and_clipping_may_be_changed_before_or_after(
    name: str, rate: float, norm: float, order: list[int]
) -> None:
    config = {"learning_rate": 0.1, "momentum": 0.9, "global_clipnorm": 2.0}
    baseline = plan = with_optimizer(EXAMPLE, "SGD", **config)
    steps = [(FIX, name), (get_fix("learning_rate"), rate), (get_fix("clipnorm"), norm)]
    expected = baseline
    for fix, value in steps:
        expected = fix.apply(expected, value)
    for index in order:
        plan = steps[index][0].apply(plan, steps[index][1])
    assert plan.optimizer == expected.optimizer


@pytest.mark.parametrize("value", ["Adam", "muon", True, {"name": "adam"}])
def test_refuses_unknown_optimizers(value: object) -> None:
    with pytest.raises(ValidationError):
        FIX.check_value(value)
