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
from remedy.search import Context, Search, SearchSpace, Studies, centred
from remedy.search.opening import TEXTBOOK_RECIPES, opening_recipes
from remedy.storage import open_journal
from tests.search.conftest import StandIn, Watch

TREATMENTS: list[Recipe] = [
    {"learning_rate": 0.003, "scaling": "minmax", "output_head": True},
    {"learning_rate": 0.003},
    {"scaling": "minmax"},
    {"output_head": True},
]


def test_treatments_come_before_the_textbook_as_far_as_the_space_holds_them(
    make_space: Callable[..., SearchSpace], baseline: Plan
) -> None:
    space = make_space(learning_rate=True, scaling=["minmax"], clipnorm=True)
    recipes = opening_recipes(space, baseline, TREATMENTS)
    assert recipes[:3] == [
        {"learning_rate": 0.003, "scaling": "minmax"},
        {"learning_rate": 0.003},
        {"scaling": "minmax"},
    ]
    assert recipes[3:] == [recipe for recipe in opening_recipes(space, baseline) if recipe not in recipes[:3]]
    assert len(TEXTBOOK_RECIPES) >= len(recipes[3:]) > 0


def test_a_treatment_whose_value_is_not_in_the_space_takes_another_one_of_the_same_fix(
    make_space: Callable[..., SearchSpace], baseline: Plan
) -> None:
    space = make_space(scaling=["minmax"], clipnorm=True)
    assert opening_recipes(space, baseline, [{"scaling": "standard"}])[0] == {"scaling": "minmax"}


def test_the_search_trains_them_first(
    tmp_path: Path, make_space: Callable[..., SearchSpace], baseline: Plan
) -> None:
    space = make_space(learning_rate=True, scaling=["minmax"], clipnorm=True)
    trainer = StandIn(lambda *_: 0.0)
    context = Context(baseline, 0.1, trainer, Watch(), lambda *_: None)
    study = Studies(open_journal(tmp_path / "study.journal")).open("search")
    Search(study, space, SearchSettings(trials=3), context, TREATMENTS).run()
    rates = [plan.optimizer.config["learning_rate"] for plan, _ in trainer.trained]
    assert rates == [0.003, 0.003, 0.001]
    assert [plan.preprocessing.scaling for plan, _ in trainer.trained] == ["minmax", None, "minmax"]


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
