"""A diagnosis decides what a search tries first, and around which learning rate it looks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remedy.config import Search as SearchSettings
from remedy.fixes import Range
from remedy.plan import Plan, Recipe
from remedy.search import Context, Guidance, Search, SearchSpace, Studies, centred
from remedy.search.opening import opening_recipes
from remedy.storage import open_journal
from tests.search.conftest import StandIn, Watch

BASIS: Recipe = {"learning_rate": 0.003, "scaling": "minmax", "output_head": True}
FOUND = Guidance(
    basis=BASIS,
    treatments=(BASIS, {"learning_rate": 0.003}, {"scaling": "minmax"}, {"output_head": True}),
    single=({"clipnorm": 2.0}, {"clipnorm": 3.0}),
)


def test_treatments_come_before_the_textbook_as_far_as_the_space_holds_them(
    make_space: Callable[..., SearchSpace], baseline: Plan
) -> None:
    space = make_space(learning_rate=True, scaling=["minmax"], clipnorm=True)
    recipes = opening_recipes(space, baseline, FOUND)
    assert recipes[:3] == [
        {"learning_rate": 0.003, "scaling": "minmax"},
        {"learning_rate": 0.003},
        {"scaling": "minmax"},
    ]
    assert recipes[3:] == [{"learning_rate": 0.003, "scaling": "minmax", "clipnorm": 1.0}]


def test_what_is_surely_wrong_stays_treated_in_the_textbook_recipes(
    make_space: Callable[..., SearchSpace], baseline: Plan
) -> None:
    space = make_space(scaling=["minmax", "standard"], target_scaling=True, clipnorm=True, depth=True)
    alone = opening_recipes(space, baseline)
    assert alone == [{"scaling": "minmax", "target_scaling": "minmax"}, {"clipnorm": 1.0}]
    basis: Recipe = {"scaling": "standard", "depth": 1}
    assert opening_recipes(space, baseline, Guidance(basis, (basis,))) == [
        basis,
        {"scaling": "minmax", "target_scaling": "minmax", "depth": 1},
        {"scaling": "standard", "clipnorm": 1.0, "depth": 1},
    ]


def test_a_treatment_whose_value_is_not_in_the_space_takes_another_one_of_the_same_fix(
    make_space: Callable[..., SearchSpace], baseline: Plan
) -> None:
    space = make_space(scaling=["minmax"], clipnorm=True)
    assert opening_recipes(space, baseline, Guidance(treatments=({"scaling": "standard"},)))[0] == {
        "scaling": "minmax"
    }


def test_the_search_trains_them_first(
    tmp_path: Path, make_space: Callable[..., SearchSpace], baseline: Plan
) -> None:
    space = make_space(learning_rate=True, scaling=["minmax"], clipnorm=True)
    trainer = _search(tmp_path, space, baseline, lambda *_: 0.0, trials=3)
    rates = [plan.optimizer.config["learning_rate"] for plan, _ in trainer.trained]
    assert rates == [0.003, 0.003, 0.001]
    assert [plan.preprocessing.scaling for plan, _ in trainer.trained] == ["minmax", None, "minmax"]


@pytest.mark.parametrize("learns", [False, True])
def test_single_treatments_are_tried_only_if_nothing_else_to_begin_with_learns(
    tmp_path: Path, make_space: Callable[..., SearchSpace], baseline: Plan, learns: bool
) -> None:
    space = make_space(learning_rate=True, scaling=["minmax"], clipnorm=True)
    trainer = _search(tmp_path, space, baseline, lambda *_: 0.5 if learns else 0.0, trials=7)
    norms = [plan.optimizer.config.get("clipnorm") for plan, _ in trainer.trained]
    assert norms[:4] == [None, None, None, 1.0]
    assert (norms[4:6] == [2.0, 3.0]) is not learns


@pytest.mark.parametrize("skill", [0.05, 0.0])
def test_a_basis_that_is_slow_is_given_more_time(
    tmp_path: Path,
    make_space: Callable[..., SearchSpace],
    baseline: Plan,
    skill: float,
) -> None:
    space = make_space(scaling=["minmax"], clipnorm=True, epochs=True)
    guidance = Guidance({"scaling": "minmax"}, ({"scaling": "minmax"},), ({"clipnorm": 2.0},))

    def slow_with_the_basis(plan: Plan, _: int) -> float:
        return skill if plan.preprocessing.scaling else 0.0

    trainer = _search(tmp_path, space, baseline, slow_with_the_basis, 4, guidance=guidance)
    epochs = [(plan.epochs, plan.preprocessing.scaling) for plan, _ in trainer.trained]
    assert epochs[:2] == [(20, "minmax"), (20, "minmax")]
    assert epochs[2] == ((100, "minmax") if skill else (20, None))


def test_a_resumed_search_tries_each_single_treatment_once(
    tmp_path: Path, make_space: Callable[..., SearchSpace], baseline: Plan
) -> None:
    space = make_space(learning_rate=True, scaling=["minmax"], clipnorm=True)
    whole = _search(tmp_path / "whole", space, baseline, lambda *_: 0.0, trials=12)
    parts = [
        plan_and_seed
        for trials in (2, 6, 8, 12)
        for plan_and_seed in _search(
            tmp_path / "parts", space, baseline, lambda *_: 0.0, trials=trials
        ).trained
    ]
    assert parts == whole.trained


def test_most_random_trials_keep_what_is_surely_wrong_treated_and_some_do_without(
    tmp_path: Path, make_space: Callable[..., SearchSpace], baseline: Plan
) -> None:
    space = make_space(scaling=["minmax", "standard"], target_scaling=True, clipnorm=True, depth=True)
    guidance = Guidance(basis={"scaling": "standard"})
    kept = total = 0
    for seed in range(12):
        trainer = _search(tmp_path / f"{seed}", space, baseline, lambda *_: 0.0, 10, seed, guidance)
        scalings = [plan.preprocessing.scaling for plan, _ in trainer.trained][2:]
        kept, total = kept + scalings.count("standard"), total + len(scalings)
    assert 0.7 < kept / total < 0.95


def test_a_random_search_stays_random(
    tmp_path: Path, make_space: Callable[..., SearchSpace], baseline: Plan
) -> None:
    space = make_space(scaling=["minmax", "standard"], clipnorm=True, depth=True)
    drawn = []
    for basis in ({}, {"scaling": "standard"}):
        settings = SearchSettings(trials=10, sampler="random")
        guidance = Guidance(basis=basis)
        trainer = StandIn(lambda *_: 0.0)
        context = Context(baseline, 0.1, trainer, Watch(), lambda *_: None)
        study = Studies(open_journal(tmp_path / f"{len(basis)}.journal")).open("search")
        Search(study, space, settings, context, guidance).run()
        drawn.append([plan.preprocessing.scaling for plan, _ in trainer.trained][3:])
    assert drawn[0] == drawn[1]


def _search(
    folder: Path,
    space: SearchSpace,
    baseline: Plan,
    skill: Callable[[Plan, int], float],
    trials: int,
    seed: int = 0,
    guidance: Guidance = FOUND,
) -> StandIn:
    folder.mkdir(exist_ok=True)
    trainer = StandIn(skill)
    context = Context(baseline, 0.1, trainer, Watch(), lambda *_: None)
    study = Studies(open_journal(folder / "study.journal")).open("search")
    Search(study, space, SearchSettings(trials=trials, seed=seed), context, guidance).run()
    return trainer


def rates_of(space: SearchSpace) -> Range:
    found = space.fixes["learning_rate"].space
    assert isinstance(found, Range)
    return found


@given(rate=st.floats(1e-9, 100))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rates_are_searched_around_the_one_that_was_measured(
    rate: float, make_space: Callable[..., SearchSpace]
) -> None:
    space = make_space(learning_rate={"low": 1e-5, "high": 0.1, "log": True}, scaling=True)
    found = rates_of(centred(space, [{"scaling": "minmax"}, {"learning_rate": rate}]))
    assert 1e-5 <= found.low < found.high <= 0.1
    if 1e-5 <= rate <= 0.1:
        assert found.low <= rate <= found.high
        assert found.high / found.low <= 900.1
    else:
        assert found == rates_of(space)


@pytest.mark.parametrize("rates", [[0.1, 0.01], {"low": 0.1, "high": 0.2}])
def test_a_space_without_a_range_of_powers_stays_as_it_is(
    rates: object, make_space: Callable[..., SearchSpace]
) -> None:
    space = make_space(learning_rate=rates)
    assert centred(space, [{"learning_rate": 0.1}]) == space


def test_without_a_measured_rate_nothing_changes(make_space: Callable[..., SearchSpace]) -> None:
    space = make_space(learning_rate=True)
    assert centred(space, [{"scaling": "minmax"}]) == space
