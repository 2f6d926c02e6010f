"""The order in which trials are shown, and which are worth confirming."""

from __future__ import annotations

import math
import random

from hypothesis import given
from hypothesis import strategies as st

from remedy.search import TrialRecord, best_recipes, rank
from remedy.training import STUCK, Status
from tests.search.conftest import make_record


def numbers(*records: TrialRecord) -> list[int]:
    return [record.number for record in rank(records)]


def test_the_better_skill_comes_first_and_stuck_trials_last() -> None:
    assert numbers(
        make_record(0, skill=0.3),
        make_record(1, skill=0.9, status=Status.SLOW),
        make_record(2, skill=0.6),
        make_record(3, skill=math.nan, status=Status.DIVERGED),
        make_record(4, skill=0.05, status=Status.OVERFIT),
        make_record(5, skill=math.nan, status=Status.FAILED),
        make_record(6, skill=0.4, status=Status.PRUNED),
    ) == [2, 0, 4, 1, 6, 3, 5]


def test_among_equals_the_recipe_with_fewer_fixes_comes_first_then_the_cheaper_one() -> None:
    assert numbers(
        make_record(0, skill=0.805, recipe={"scaling": "minmax", "clipnorm": 1.0}),
        make_record(1, skill=0.800, recipe={"scaling": "minmax"}, parameters=500),
        make_record(2, skill=0.798, recipe={"scaling": "standard"}, parameters=100),
        make_record(3, skill=0.790, recipe={}),
    ) == [2, 1, 0, 3]


@given(st.lists(st.tuples(st.floats(-1, 1), st.sampled_from(list(Status)), st.integers(1, 9)), max_size=20))
def test_the_order_does_not_depend_on_the_order_of_arrival(rows: list[tuple[float, Status, int]]) -> None:
    records = [
        make_record(i, skill=skill, status=status, parameters=size)
        for i, (skill, status, size) in enumerate(rows)
    ]
    shuffled = random.Random(0).sample(records, len(records))  # noqa: S311
    ranked = rank(records)
    assert rank(shuffled) == ranked
    assert sorted(record.number for record in ranked) == list(range(len(rows)))
    stuck = [record.status in STUCK | {Status.PRUNED, Status.FAILED} for record in ranked]
    assert stuck == sorted(stuck)


def test_only_different_recipes_that_were_not_stuck_are_worth_confirming() -> None:
    records = [
        make_record(0, skill=0.9, recipe={"scaling": "minmax"}),
        make_record(1, skill=0.8, recipe={"scaling": "minmax"}, seed=1),
        make_record(2, skill=0.7, recipe={"clipnorm": 1.0}),
        make_record(3, skill=0.6, recipe={}),
        make_record(4, skill=0.5, recipe={"depth": 1}, status=Status.FLAT),
    ]
    assert best_recipes(records, 3) == [{"scaling": "minmax"}, {"clipnorm": 1.0}]
    assert best_recipes(records, 1) == [{"scaling": "minmax"}]
