"""A search goes on over more fixes and values with the trials that it has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from optuna.trial import TrialState

from remedy.errors import StudyError
from remedy.fixes import drop_idle_fixes
from remedy.plan import Plan, recipe_key
from remedy.search import SearchSpace, extend_search, opening_recipes
from tests.search.test_search import Bench

Make = Callable[..., SearchSpace]
OTHERS = ("baseline", "confirmation", "ablation")


def facts(bench: Bench) -> list[tuple[object, ...]]:
    return [(r.number, r.recipe, r.seed, r.skill, r.started, r.finished) for r in bench.search.records()]


@pytest.mark.parametrize("sampler", ["tpe", "random", "cmaes"])
def test_the_trials_are_kept_and_the_sampler_learns_from_them(
    tmp_path: Path, make_space: Make, baseline: Plan, sampler: str
) -> None:
    path = tmp_path / "journal"
    narrow = make_space(
        scaling=["minmax"], clipnorm={"low": 0.5, "high": 5}, reduce_lr_on_plateau={"patience": [3, 5]}
    )
    first = Bench(path, narrow, baseline, trials=9, sampler=sampler)
    first.search.run()
    first.studies.open("confirmation").ask().set_user_attr("kept", 1)
    before, trials = facts(first), first.study.trials

    wide = make_space(
        scaling=["minmax", "standard"],
        clipnorm={"low": 0.1, "high": 10},
        reduce_lr_on_plateau={"patience": [3, 5, 10]},
        depth=[1],
    )
    extend_search(path, OTHERS, wide)
    second = Bench(path, wide, baseline, trials=60, sampler=sampler)
    assert facts(second) == before
    assert second.studies.open("confirmation").trials[0].user_attrs == {"kept": 1}
    second.search.run()
    assert facts(second)[:9] == before
    assert len(second.search.records()) == 60
    recipes = [record.recipe for record in second.search.records()]
    assert any("depth" in recipe for recipe in recipes)
    assert any(recipe.get("scaling") == "standard" for recipe in recipes)
    for trial, old in zip(second.study.trials[:9], trials, strict=True):
        assert trial.params["scaling"] == old.user_attrs["recipe"].get("scaling", "off")
        assert trial.params["depth"] == "off"
        assert trial.intermediate_values == old.intermediate_values


def test_a_trial_that_was_interrupted_is_begun_anew(tmp_path: Path, make_space: Make, baseline: Plan) -> None:
    path = tmp_path / "journal"
    first = Bench(path, make_space(scaling=["minmax"], clipnorm=True), baseline, trials=8)
    first.trainer.kill_in = 5
    with pytest.raises(KeyboardInterrupt):
        first.search.run()
    wide = make_space(scaling=["minmax", "standard"], clipnorm=True)
    extend_search(path, OTHERS, wide)
    second = Bench(path, wide, baseline, trials=8)
    second.search.run()
    assert len(second.search.records()) == 8
    assert second.study.get_trials(states=(TrialState.RUNNING,)) == []


@pytest.mark.parametrize("stop", [0, 3, 5])
def test_an_interrupted_grid_goes_on_over_the_wider_space(
    tmp_path: Path, make_space: Make, baseline: Plan, stop: int
) -> None:
    path = tmp_path / "journal"
    first = Bench(path, make_space(target_scaling=["minmax"], depth=[1], clipnorm=[1.0]), baseline, trials=8)
    first.trainer.kill_in = stop
    with pytest.raises(KeyboardInterrupt):
        first.search.run()
    wide = make_space(target_scaling=["minmax", "standard"], depth=[1], clipnorm=[1.0])
    extend_search(path, OTHERS, wide)
    second = Bench(path, wide, baseline, trials=12)
    second.search.run()
    assert sorted(second.recipes()) == sorted(set(second.recipes()))
    assert len(second.recipes()) == 12


@pytest.mark.parametrize("stop", [0, 1, 2])
def test_opening_recipes_that_had_not_been_trained_yet_still_are(
    tmp_path: Path, make_space: Make, baseline: Plan, stop: int
) -> None:
    path = tmp_path / "journal"
    fixes: dict[str, Any] = {"clipnorm": True, "optimizer": True, "scaling": ["minmax"]}
    first = Bench(path, make_space(**fixes), baseline, trials=20)
    first.trainer.kill_in = stop
    with pytest.raises(KeyboardInterrupt):
        first.search.run()
    wide = make_space(**fixes | {"scaling": ["minmax", "standard"]})
    extend_search(path, OTHERS, wide)
    second = Bench(path, wide, baseline, trials=20)
    second.search.run()
    opening = [recipe_key(drop_idle_fixes(baseline, recipe)) for recipe in opening_recipes(wide, baseline)]
    assert len(opening) > 1
    assert set(opening) <= set(second.recipes())
    assert len(second.recipes()) == 20


@pytest.mark.parametrize(
    ("fixes", "reason"),
    [
        ({"clipnorm": True}, "scaling is not in the search space"),
        ({"scaling": ["robust"], "clipnorm": True}, "scaling: 'minmax' does not lie in the search space"),
        ({"scaling": ["minmax"], "clipnorm": {"low": 9, "high": 10}}, "clipnorm: "),
    ],
)
def test_a_space_that_lacks_what_was_tried_is_refused_and_nothing_changes(
    tmp_path: Path, make_space: Make, baseline: Plan, fixes: dict[str, object], reason: str
) -> None:
    path = tmp_path / "journal"
    Bench(path, make_space(scaling=["minmax"], clipnorm=True), baseline, trials=8).search.run()
    before = path.read_bytes()
    with pytest.raises(StudyError, match=r"lacks a recipe that trial \d has tried") as refusal:
        extend_search(path, OTHERS, make_space(**fixes))
    assert reason in str(refusal.value)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_budget_for_all_recipes_of_the_wider_space_tries_each_once(
    tmp_path: Path, make_space: Make, baseline: Plan
) -> None:
    path = tmp_path / "journal"
    first = Bench(path, make_space(target_scaling=["minmax"]), baseline, trials=5)
    first.search.run()
    assert len(first.search.records()) == 2
    wide = make_space(target_scaling=["minmax", "standard"], scaling=["standard"])
    extend_search(path, OTHERS, wide)
    second = Bench(path, wide, baseline, trials=6)
    second.search.run()
    assert sorted(second.recipes()) == sorted(set(second.recipes()))
    assert len(second.recipes()) == 6
