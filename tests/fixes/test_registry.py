"""Recipes: applying them, and leaving out what makes no difference."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remedy.fixes import Fix, Stage, apply_recipe, builtin_fixes, corners, drop_idle_fixes
from remedy.fixes.catalogue import EXAMPLE
from remedy.plan import KerasObject, Plan

CYCLE = {"base": 1e-4, "peak": 1e-2, "epochs": 5}


@pytest.mark.parametrize(
    ("recipe", "working"),
    [
        ({}, {}),
        ({"scaling": None}, {}),
        ({"depth": 2}, {}),
        ({"optimizer": "adam", "scaling": "minmax"}, {"scaling": "minmax"}),
        ({"learning_rate": 0.001}, {}),
        ({"learning_rate": 0.1, "cyclical_learning_rate": CYCLE}, {"cyclical_learning_rate": CYCLE}),
        ({"epochs": "x1", "batch_size": "x2"}, {"batch_size": "x2"}),
    ],
)
def test_a_fix_without_effect_on_the_whole_is_dropped(
    lstm_plan: Plan, recipe: dict[str, Any], working: dict[str, Any]
) -> None:
    assert drop_idle_fixes(lstm_plan, recipe) == working


def test_of_two_fixes_that_stand_in_for_each_other_one_stays(lstm_plan: Plan) -> None:
    """Under a schedule, both of them turn the rate into the constant 0.1."""
    schedule = {"class_name": "CosineDecay", "config": {"initial_learning_rate": 0.1, "decay_steps": 100}}
    optimizer = KerasObject(class_name="SGD", config={"learning_rate": schedule})
    plateau = KerasObject(
        class_name="ReduceLROnPlateau",
        config={"monitor": "loss", "factor": 0.1, "patience": 5, "min_lr": 1e-6},
    )
    plan = lstm_plan.replace(optimizer=optimizer, callbacks=(plateau,))
    recipe = {"learning_rate": 0.1, "reduce_lr_on_plateau": {"patience": 5}}
    assert drop_idle_fixes(plan, recipe) == {"learning_rate": 0.1}


SCHEDULE = {
    "module": "keras.optimizers.schedules",
    "class_name": "CosineDecay",
    "config": {"initial_learning_rate": 0.1, "decay_steps": 100},
}
ADAM = KerasObject(class_name="Adam", config={"clipvalue": 0.5, "amsgrad": True})
SGD = KerasObject(class_name="SGD", config={"learning_rate": SCHEDULE, "momentum": 0.9})
PLATEAU = KerasObject(class_name="ReduceLROnPlateau", config={"patience": 2})


@st.composite
def recipes(draw: st.DrawFn) -> tuple[Plan, list[tuple[Fix, Any]]]:
    baseline = EXAMPLE.replace(
        optimizer=draw(st.sampled_from([ADAM, SGD])), callbacks=draw(st.sampled_from([(), (PLATEAU,)]))
    )
    fixes = [fix for fix in builtin_fixes().values() if fix.stage is not Stage.MODEL]
    steps = [(fix, draw(st.sampled_from(list(corners(fix.default_space(baseline)))))) for fix in fixes]
    return baseline, draw(st.lists(st.sampled_from(steps), unique_by=lambda step: step[0].name))


@given(recipes())
def test_no_order_of_application_matters_outside_the_model(
    drawn: tuple[Plan, list[tuple[Fix, Any]]],
) -> None:
    baseline, steps = drawn
    plan = baseline
    for fix, value in steps:
        plan = fix.apply(plan, value)
    assert plan == apply_recipe(baseline, {fix.name: value for fix, value in steps})


def test_what_is_left_leads_to_the_same_plan_and_nothing_of_it_is_idle(lstm_plan: Plan) -> None:
    for pick in (0, -1):
        recipe = {
            name: list(corners(fix.default_space(lstm_plan)))[pick]
            for name, fix in builtin_fixes().items()
            if not fix.not_applicable(lstm_plan)
        }
        working = drop_idle_fixes(lstm_plan, recipe)
        complete = apply_recipe(lstm_plan, working)
        assert complete == apply_recipe(lstm_plan, recipe)
        for name in working:
            assert apply_recipe(lstm_plan, {key: working[key] for key in working if key != name}) != complete


def test_dropping_is_cheap_beside_a_training(lstm_plan: Plan) -> None:
    recipe = {
        name: next(corners(fix.default_space(lstm_plan)))
        for name, fix in builtin_fixes().items()
        if not fix.not_applicable(lstm_plan)
    }
    start = time.perf_counter()
    drop_idle_fixes(lstm_plan, recipe)
    assert time.perf_counter() - start < 1
