"""The six statuses of a training, by the rules that the documentation gives."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remedy.training import EpochRecord, Status, training_status


def status(skills: list[float], val_skill: float | None = None, **options: bool) -> Status:
    curve = [
        EpochRecord(
            epoch=epoch,
            loss=1 - skill,
            val_loss=1.0,
            skill=skill,
            val_skill=skill if val_skill is None else val_skill,
            learning_rate=1e-3,
            gradient_norm=1.0,
        )
        for epoch, skill in enumerate(skills, start=1)
    ]
    return training_status(curve, min_skill=0.1, **options)


@pytest.mark.parametrize(
    ("skills", "val_skill", "expected"),
    [
        ([0.0, 0.3, 0.6], 0.5, Status.LEARNING),
        ([0.0, 0.3, 0.1], 0.1, Status.LEARNING),
        ([0.0, 0.3, 0.6], 0.09, Status.OVERFIT),
        ([0.0] * 30, None, Status.FLAT),
        (list(np.linspace(-0.05, 0.05, 30)), None, Status.FLAT),
        (list(np.linspace(-9, -5, 30)), None, Status.SLOW),
        (list(np.linspace(-0.9, 0.05, 30)), None, Status.SLOW),
        ([0.05, -0.4] * 15, None, Status.OSCILLATING),
        ([-2.0, -5.0, -9.5], None, Status.DIVERGED),
        ([0.5, math.nan], None, Status.DIVERGED),
        ([0.5, 0.6], math.inf, Status.DIVERGED),
    ],
)
def test_a_curve_has_the_status_of_the_first_rule_that_holds(
    skills: list[float], val_skill: float | None, expected: Status
) -> None:
    assert status(skills, val_skill) is expected


def test_non_finite_weights_are_divergence_even_if_the_curve_looks_fine() -> None:
    assert status([0.5, 0.9], finite=False) is Status.DIVERGED


def test_a_steep_climb_to_the_constant_predictor_is_not_an_oscillation() -> None:
    climb = list(np.linspace(-8, 0, 30))
    assert max(np.diff(climb)) > 0.1
    assert status(climb) is Status.SLOW


def test_a_loss_far_above_the_constant_that_came_down_from_higher_has_not_diverged() -> None:
    assert status([-100.0, -50.0, -20.0]) is Status.SLOW


def test_rare_swings_do_not_make_an_oscillation() -> None:
    skills = [0.0] * 30
    skills[10] = -0.5
    assert status(skills) is Status.FLAT


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=40))
def test_every_curve_has_a_status(skills: list[float]) -> None:
    assert status(skills) in set(Status) - {Status.PRUNED, Status.FAILED}
