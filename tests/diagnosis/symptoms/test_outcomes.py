"""What a stuck training ends with: one answer for all, a batch that is not learned, too few epochs."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from remedy.diagnosis.learnability import Learnability, ProbeResult
from remedy.diagnosis.symptoms.cannot_overfit_one_batch import CannotOverfitOneBatch
from remedy.diagnosis.symptoms.constant_predictions import ConstantPredictions
from remedy.diagnosis.symptoms.undertrained import Undertrained
from remedy.plan import Plan
from remedy.training.measurements import Measurements, OneBatch
from tests.diagnosis.symptoms.cases import case, find, plan, range_test, stuck


def test_one_answer_for_all_samples_is_a_warning() -> None:
    own = plan()
    finding = find(ConstantPredictions, case(own, measured=stuck(own, prediction_spread=0.002)))
    assert finding.severity == "warning"
    for spread in (0.02, math.nan, math.inf):
        assert ConstantPredictions().find(case(own, measured=stuck(own, prediction_spread=spread))) is None


@pytest.mark.parametrize(("skill", "severity"), [(-0.2, "error"), (0.05, "error"), (0.5, "warning")])
def test_a_batch_that_is_not_learned(skill: float, severity: str) -> None:
    own = plan()
    finding = find(CannotOverfitOneBatch, case(own, measured=stuck(own, one_batch=OneBatch(32, 300, skill))))
    assert finding.severity == severity
    assert finding.recipe == {}


def test_a_batch_that_is_learned_at_another_rate_blames_the_rate() -> None:
    own = plan()
    batch = OneBatch(32, 300, skill=0.0, skill_tuned=0.97)
    finding = find(
        CannotOverfitOneBatch, case(own, measured=stuck(own, one_batch=batch, range_test=range_test(0.002)))
    )
    assert finding.recipe == {"learning_rate": 0.002}
    assert "0.002" in finding.explanation
    other = dataclasses.replace(batch, skill_tuned=0.3)
    finding = find(
        CannotOverfitOneBatch, case(own, measured=stuck(own, one_batch=other, range_test=range_test(0.002)))
    )
    assert finding.recipe == {}
    assert "not the cause" in finding.explanation


@pytest.mark.parametrize("skill", [0.9, 1.0, math.nan])
def test_a_batch_that_is_learned_or_cannot_be_judged_is_no_finding(skill: float) -> None:
    own = plan()
    assert (
        CannotOverfitOneBatch().find(case(own, measured=stuck(own, one_batch=OneBatch(32, 90, skill))))
        is None
    )


def by_power(
    plan: Plan, power: float, error: float, *, steps: int = 200, noise: float = 0.0, **changes: Any
) -> Measurements:
    """A training whose share of unexplained deviance is `error` after so many steps, and falls by a power."""
    curve = [error * (step / steps) ** -power for step in range(1, steps + 1)]
    losses = np.array(curve) * np.exp(noise * np.random.default_rng(0).normal(size=steps))
    return dataclasses.replace(
        stuck(plan),
        steps=steps,
        epochs=float(plan.epochs),
        losses=tuple(losses),
        skill_start=1 - curve[steps // 20],
        skill_middle=1 - curve[steps // 2 - 1],
        skill_end=1 - curve[-1],
        **changes,
    )


@pytest.mark.parametrize(("power", "times"), [(0.2, "x2"), (0.06, "x5")])
def test_a_curve_that_goes_on_to_learn_needs_more_epochs(power: float, times: str) -> None:
    own = plan()
    finding = find(Undertrained, case(own, measured=by_power(own, power, 0.95)))
    assert finding.severity == "error"
    assert finding.recipe == {"epochs": times}


@given(power=st.floats(0.0, 1.0), error=st.floats(0.3, 0.999), noise=st.floats(0, 0.1))
def test_the_multiple_is_the_smallest_that_learns(power: float, error: float, noise: float) -> None:
    own = plan()
    errors = {times: error * times**-power for times in (1, 2, 5)}
    assume(all(abs(one - 0.9) > 1e-6 for one in errors.values()))
    needed = next((times for times, one in errors.items() if one < 0.9), None)
    finding = Undertrained().find(case(own, measured=by_power(own, power, error, noise=noise)))
    if needed in {None, 1}:
        assert finding is None
    if finding is not None:
        assert finding.recipe == {"epochs": f"x{needed}"}


def test_a_curve_that_is_flat_at_its_end_is_stuck_and_not_slow() -> None:
    own = plan()
    falling = by_power(own, 0.2, 0.95)
    for changes in (
        {"skill_end": falling.skill_middle},
        {"losses": falling.losses[::-1]},
        {"first_bad_step": 9},
    ):
        measured = dataclasses.replace(falling, **changes)
        assert Undertrained().find(case(own, measured=measured)) is None


def test_a_curve_that_falls_towards_the_constant_may_end_there() -> None:
    own = plan()
    assert Undertrained().find(case(own, measured=by_power(own, 0.5, 1.2))) is None


def test_what_learns_within_its_own_epochs_is_fine_however_few_were_measured() -> None:
    own = plan()
    measured = dataclasses.replace(by_power(own, 0.2, 0.95), epochs=own.epochs / 20)
    assert Undertrained().find(case(own, measured=measured)) is None


def test_a_training_that_is_known_to_learn_has_epochs_enough() -> None:
    own = plan()
    measured = by_power(own, 0.2, 0.95)
    assert Undertrained().find(case(own, measured=measured, known_stuck=True)) is not None
    assert Undertrained().find(case(own, measured=measured, known_stuck=False)) is None


@pytest.mark.parametrize(
    ("steps", "skill", "times"), [(16, 0.35, "x20"), (60, 0.9, "x5"), (90, 0.9, None), (16, 0.0, None)]
)
def test_a_training_of_a_few_steps_cannot_learn_what_one_batch_takes_hundreds_for(
    steps: int, skill: float, times: str | None
) -> None:
    own = plan()
    measured = by_power(own, 0.1, 1.2, steps=steps, one_batch=OneBatch(64, 300, skill))
    found = case(own, measured=measured)
    if times is None:
        assert Undertrained().find(found) is None
    else:
        assert find(Undertrained, found).recipe == {"epochs": times}


def test_where_there_is_nothing_to_learn_more_epochs_learn_by_heart_only() -> None:
    own = plan()
    measured = by_power(own, 0.2, 0.95)
    for low, found in ((-0.1, False), (0.3, True)):
        learnability = Learnability((ProbeResult("ridge", 0.4, low, 0.5),))
        finding = Undertrained().find(case(own, measured=measured, learnability=learnability))
        assert (finding is not None) is found
