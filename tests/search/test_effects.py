"""What a search tells about its fixes, on studies whose answer is known."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Sequence

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remedy.plan import Recipe
from remedy.search import SearchSpace, suggest_recipe
from remedy.search.effects import fix_effects, fix_importances
from remedy.search.records import close_trial, write_result
from remedy.training import JobFailed, Outcome, Status

FIXES = ("scaling", "clipnorm", "reduce_lr_on_plateau")
Skill = Callable[[Recipe, random.Random], float]


def outcome(status: Status, skill: float) -> Outcome:
    return Outcome(status, skill, skill, seconds=1.0, parameters=10, curve=())


def finish(study: optuna.Study, trial: optuna.Trial, recipe: Recipe, result: Outcome | JobFailed) -> None:
    trial.set_user_attr("recipe", recipe)
    trial.set_user_attr("seed", 0)
    write_result(trial, result)
    close_trial(study, study.trials[trial.number])


def searched(space: SearchSpace, skill: Skill, trials: int) -> optuna.Study:
    """A search at random in which skill follows from the recipe by a formula."""
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0))
    noise = random.Random(0)  # noqa: S311 - no secret
    for _ in range(trials):
        trial = study.ask()
        recipe = suggest_recipe(trial, space)
        value = skill(recipe, noise)
        finish(study, trial, recipe, outcome(Status.LEARNING if value >= 0.1 else Status.FLAT, value))
    return study


def of_trials(trials: Sequence[tuple[Recipe, Outcome | JobFailed]]) -> optuna.Study:
    study = optuna.create_study(direction="maximize")
    for recipe, result in trials:
        finish(study, study.ask(), recipe, result)
    return study


@pytest.fixture
def space(make_space: Callable[..., SearchSpace]) -> SearchSpace:
    return make_space(
        scaling=["minmax", "standard"],
        clipnorm={"low": 0.1, "high": 10, "log": True},
        reduce_lr_on_plateau={"factor": [0.1, 0.5], "patience": [3, 5]},
    )


def test_counts_who_learned_with_and_without() -> None:
    study = of_trials(
        [
            ({"scaling": "minmax"}, outcome(Status.LEARNING, 0.8)),
            ({"scaling": "standard", "clipnorm": 1.0}, outcome(Status.LEARNING, 0.7)),
            ({"scaling": "minmax"}, outcome(Status.OVERFIT, 0.0)),
            ({"clipnorm": 1.0}, outcome(Status.FLAT, 0.0)),
            ({}, outcome(Status.DIVERGED, float("nan"))),
        ]
    )
    scaling, clipnorm = fix_effects(study, ["scaling", "clipnorm"])
    assert (scaling.fix, scaling.learned_with, scaling.trials_with) == ("scaling", 2, 3)
    assert (scaling.learned_without, scaling.trials_without, scaling.share_without) == (0, 2, 0.0)
    assert scaling.share_with == pytest.approx(2 / 3)
    assert (clipnorm.learned_with, clipnorm.trials_with) == (1, 2)
    assert (clipnorm.learned_without, clipnorm.trials_without) == (1, 3)


def test_trials_that_did_not_end_do_not_count() -> None:
    study = of_trials(
        [
            ({"scaling": "minmax"}, outcome(Status.PRUNED, 0.0)),
            ({"scaling": "minmax"}, JobFailed("ValueError: no", "")),
            ({"scaling": "minmax"}, outcome(Status.LEARNING, 0.8)),
        ]
    )
    (scaling,) = fix_effects(study, ["scaling"])
    assert (scaling.learned_with, scaling.trials_with) == (1, 1)


def test_the_interval_is_wilsons() -> None:
    trials: list[tuple[Recipe, Outcome]] = [
        ({"scaling": "minmax"}, outcome(Status.LEARNING if number < 15 else Status.FLAT, number / 100))
        for number in range(20)
    ]
    (scaling,) = fix_effects(of_trials(trials), ["scaling"])
    # 15 of 20: (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)
    p, n, z = 0.75, 20, 1.959964
    center, half = p + z * z / (2 * n), z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    assert scaling.share_with_low == pytest.approx((center - half) / (1 + z * z / n), abs=1e-6)
    assert scaling.share_with_high == pytest.approx((center + half) / (1 + z * z / n), abs=1e-6)
    assert scaling.share_without is scaling.share_without_low is scaling.share_without_high is None


def test_what_decides_is_what_is_important(space: SearchSpace) -> None:
    def skill(recipe: Recipe, noise: random.Random) -> float:
        return 0.8 * ("scaling" in recipe) + 0.01 * noise.random()

    effects = {effect.fix: effect for effect in fix_effects(searched(space, skill, 60), FIXES)}
    assert effects["scaling"].share_with == 1
    assert effects["scaling"].share_without == 0
    importance = {name: effect.importance or 0.0 for name, effect in effects.items()}
    assert importance["scaling"] == max(importance.values())
    assert sum(importance.values()) == pytest.approx(1)


def test_of_a_fix_that_is_always_on_its_value_counts(make_space: Callable[..., SearchSpace]) -> None:
    def skill(recipe: Recipe, noise: random.Random) -> float:
        return 0.8 * bool(recipe["clipnorm"] > 2) + 0.01 * noise.random()

    space = make_space(
        required=("clipnorm",),
        clipnorm={"low": 0.1, "high": 10},
        scaling=["minmax"],
        batch_normalization=True,
    )
    importance = fix_importances(searched(space, skill, 60))
    assert importance.keys() == {"clipnorm", "scaling", "batch_normalization"}
    assert importance["clipnorm"] > 0.5


@pytest.mark.parametrize("trials", [0, 1, 3])
def test_a_few_trials_have_no_importance(space: SearchSpace, trials: int) -> None:
    study = searched(space, lambda _, noise: noise.random(), trials)
    assert [effect.importance for effect in fix_effects(study, FIXES)] == [None] * 3


def test_equal_trials_have_no_importance(space: SearchSpace) -> None:
    study = searched(space, lambda *_: 0.0, 20)
    assert [effect.importance for effect in fix_effects(study, FIXES)] == [None] * 3


def test_a_fix_without_a_choice_has_no_importance(make_space: Callable[..., SearchSpace]) -> None:
    space = make_space(required=("scaling",), scaling="minmax", clipnorm=[0.1, 1.0])
    study = searched(space, lambda _, noise: noise.random(), 20)
    scaling, clipnorm = fix_effects(study, ["scaling", "clipnorm"])
    assert scaling.trials_with == 20
    assert scaling.importance is None
    assert clipnorm.importance == pytest.approx(1)


@given(skills=st.lists(st.sampled_from([0.0, 0.5, 0.9]), min_size=1, max_size=25))
@settings(max_examples=40)
def test_any_search_has_effects_and_nothing_is_said_on_the_way(skills: list[float]) -> None:
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=1))
    for skill in skills:
        trial = study.ask()
        recipe: Recipe = {}
        if trial.suggest_categorical("clipnorm", ["off", "on"]) == "on":
            recipe["clipnorm"] = trial.suggest_float("clipnorm.value", 0.1, 10, log=True)
        finish(study, trial, recipe, outcome(Status.LEARNING if skill > 0.1 else Status.FLAT, skill))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (effect,) = fix_effects(study, ["clipnorm"])
    assert effect.trials_with + effect.trials_without == len(skills)
    assert effect.learned_with + effect.learned_without == sum(skill > 0.1 for skill in skills)
    assert effect.importance is None or 0 < effect.importance <= 1
    for share, low, high in (
        (effect.share_with, effect.share_with_low, effect.share_with_high),
        (effect.share_without, effect.share_without_low, effect.share_without_high),
    ):
        if share is not None and low is not None and high is not None:
            assert 0 <= low <= share <= high <= 1
