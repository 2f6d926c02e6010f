"""The interval over fresh seeds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from remedy.search import confirm, fresh_seeds, search_seed
from remedy.training import Status
from tests.search.conftest import make_record

SKILLS = [0.70, 0.74, 0.69, 0.75, 0.72]


def test_the_interval_is_students_t_over_the_seeds() -> None:
    confirmation = confirm({"clipnorm": 1.0}, [make_record(i, skill=skill) for i, skill in enumerate(SKILLS)])
    expected = stats.ttest_1samp(SKILLS, 0).confidence_interval(0.95)
    assert confirmation.skill == pytest.approx(np.mean(SKILLS))
    assert (confirmation.skill_low, confirmation.skill_high) == pytest.approx((expected.low, expected.high))
    assert confirmation.holds(min_skill=0.1)
    assert not confirmation.holds(min_skill=0.71)


def test_a_recipe_that_diverges_with_one_seed_is_not_confirmed() -> None:
    records = [make_record(i, skill=skill) for i, skill in enumerate(SKILLS)]
    records.append(make_record(9, skill=math.nan, status=Status.DIVERGED))
    confirmation = confirm({}, records)
    assert confirmation.skill_low == -math.inf
    assert not confirmation.holds(min_skill=0.1)


def test_a_recipe_is_confirmed_only_if_most_seeds_learn() -> None:
    statuses = [Status.LEARNING, Status.LEARNING, Status.SLOW, Status.SLOW, Status.SLOW]
    records = [make_record(i, skill=0.5, status=status) for i, status in enumerate(statuses)]
    assert not confirm({}, records).holds(min_skill=0.1)


def test_equal_skills_have_an_interval_of_no_width() -> None:
    confirmation = confirm({}, [make_record(i, skill=0.5) for i in range(3)])
    assert confirmation.skill_low == confirmation.skill_high == 0.5


def test_fresh_seeds_are_never_those_of_the_search() -> None:
    assert not set(fresh_seeds(3, 50)) & {search_seed(3, replicate) for replicate in range(1000)}
    assert fresh_seeds(3, 5)[:3] == fresh_seeds(3, 3)
