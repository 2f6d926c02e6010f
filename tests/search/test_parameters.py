"""Recipes become Optuna parameters and come back unchanged."""

from __future__ import annotations

from collections.abc import Callable

import optuna
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remedy.fixes import apply_recipe, parse_space
from remedy.plan import Plan
from remedy.search import SearchSpace, make_sampler, recipe_parameters, suggest_recipe
from remedy.search.opening import TEXTBOOK_RECIPES, nearest, opening_recipes

ALL = dict.fromkeys(
    [
        "learning_rate", "clipnorm", "kernel_initializer", "recurrent_initializer", "reduce_lr_on_plateau",
        "batch_normalization", "scaling", "target_scaling", "depth",
    ],
    True,
)  # fmt: skip


@given(seed=st.integers(0, 10_000))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_suggested_recipe_can_be_queued_again_as_it_is(
    seed: int, make_space: Callable[..., SearchSpace]
) -> None:
    space = make_space(
        **ALL
        | {
            "kernel_initializer": [
                "he_normal",
                {"class_name": "RandomUniform", "config": {"minval": {"low": -1.0, "high": -0.1}}},
            ],
            "clipnorm": [{"low": 0.1, "high": 1.0, "log": True}, {"low": 1.0, "high": 10.0}, 20.0],
            "reduce_lr_on_plateau": [
                {"factor": 0.1, "patience": [2, 4]},
                {"factor": [0.2, 0.3], "patience": {"low": 1, "high": 9}},
                {"factor": {"low": 0.2, "high": 0.5}, "patience": 5},
            ],
        }
    )
    study = optuna.create_study(sampler=make_sampler("random", seed))
    trial = study.ask()
    recipe = suggest_recipe(trial, space)
    assert recipe_parameters(recipe, space) == trial.params
    study.enqueue_trial(trial.params)
    assert suggest_recipe(study.ask(), space) == recipe


def test_parameters_have_the_names_that_the_documentation_gives(
    make_space: Callable[..., SearchSpace],
) -> None:
    space = make_space(**ALL)
    parameters = recipe_parameters(
        {
            "scaling": "minmax",
            "batch_normalization": True,
            "clipnorm": 1.0,
            "reduce_lr_on_plateau": {"factor": 0.1, "patience": 5, "min_lr": 1e-6},
        },
        space,
    )
    assert parameters == {
        "scaling": "minmax",
        "target_scaling": "off",
        "batch_normalization": "on",
        "depth": "off",
        "kernel_initializer": "off",
        "recurrent_initializer": "off",
        "clipnorm": "on",
        "clipnorm.value": 1.0,
        "learning_rate": "off",
        "reduce_lr_on_plateau": "on",
        "reduce_lr_on_plateau.factor": 0.1,
        "reduce_lr_on_plateau.patience": 5,
    }


def test_a_required_fix_is_never_off(make_space: Callable[..., SearchSpace]) -> None:
    space = make_space(required=("scaling",), scaling=["minmax", "standard"], clipnorm=1.0)
    study = optuna.create_study(sampler=make_sampler("random", 0))
    recipes = [suggest_recipe(study.ask(), space) for _ in range(40)]
    assert {recipe["scaling"] for recipe in recipes} == {"minmax", "standard"}
    assert {"clipnorm" in recipe for recipe in recipes} == {True, False}
    assert space.size == 4


def test_a_recipe_outside_the_space_is_refused(make_space: Callable[..., SearchSpace]) -> None:
    with pytest.raises(ValueError, match="scaling: 'robust' does not lie in the search space"):
        recipe_parameters({"scaling": "robust"}, make_space(scaling=["minmax"]))


def test_the_textbook_recipes_come_first_as_far_as_the_space_holds_them(
    make_space: Callable[..., SearchSpace], baseline: Plan
) -> None:
    assert len(opening_recipes(make_space(**ALL), baseline)) == len(TEXTBOOK_RECIPES)
    space = make_space(
        required=("depth",), scaling=["minmax"], depth=[1, 2], clipnorm={"low": 2.0, "high": 3.0}
    )
    expected = [{"scaling": "minmax", "depth": 1}, {"clipnorm": 2.0, "depth": 1}]
    assert opening_recipes(space, baseline) == expected
    idle = make_space(learning_rate={"low": 0.001, "high": 0.1}, scaling=["minmax"], clipnorm=1.0)
    clipped = apply_recipe(baseline, {"clipnorm": 1.0})
    assert opening_recipes(idle, clipped) == [{"scaling": "minmax"}]
    for recipe in opening_recipes(make_space(**ALL), baseline):
        assert recipe_parameters(recipe, make_space(**ALL))


@pytest.mark.parametrize(
    ("space", "value", "expected"),
    [
        ([3, 5, 10], 6, 5),
        ({"low": 1, "high": 10, "step": 4}, 10, 9),
        ({"low": 1e-4, "high": 1e-3, "log": True}, 1e-2, 1e-3),
        (
            {"factor": [0.2, 0.5], "min_lr": 1e-6},
            {"factor": 0.1, "patience": 5, "min_lr": 1e-5},
            {"factor": 0.2, "min_lr": 1e-6},
        ),
        (["he_normal"], "glorot_uniform", None),
        (True, True, True),
    ],
)
def test_a_textbook_value_moves_to_the_nearest_one_in_the_space(
    space: object, value: object, expected: object
) -> None:
    assert nearest(parse_space(space), value) == expected


def test_branches_with_parameters_of_the_same_name_do_not_meet_in_one_study(
    make_space: Callable[..., SearchSpace],
) -> None:
    space = make_space(
        clipnorm=[{"low": 0.1, "high": 1.0, "log": True}, {"low": 1.0, "high": 10.0}],
        reduce_lr_on_plateau=[{"factor": [0.1, 0.5], "patience": 3}, {"factor": [0.2, 0.3], "patience": 10}],
    )
    study = optuna.create_study(sampler=make_sampler("random", 0))
    for _ in range(60):
        trial = study.ask()
        suggest_recipe(trial, space)
        study.tell(trial, 0.0)
    names = {name for trial in study.trials for name in trial.params}
    assert {"clipnorm.1.value", "clipnorm.2.value", "reduce_lr_on_plateau.2.factor"} <= names
