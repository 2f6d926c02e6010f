from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from remedy.diagnosis.symptoms.learning_rate_out_of_range import LearningRateOutOfRange
from remedy.plan import KerasObject, Plan
from remedy.surgery.schedules import CYCLICAL
from remedy.training.measurements import OneBatch, RangeTest
from tests.diagnosis.symptoms.cases import (
    case,
    data,
    find,
    learning,
    plan,
    range_test,
    stuck,
    target,
    with_rate,
)

PROOF = OneBatch(32, 300, skill=0.05, skill_tuned=0.99)
NO_PROOF = OneBatch(32, 300, skill=0.05, skill_tuned=0.1)


def is_found(plan: Plan, test: RangeTest | None = None, **changes: Any) -> bool:
    measured = stuck(plan, range_test=test, **changes)
    return LearningRateOutOfRange().find(case(plan, measured=measured)) is not None


@pytest.mark.parametrize(
    ("optimizer", "rate", "best"), [("Adam", 1.0, 1e-3), ("RMSprop", 0.3, 3e-3), ("SGD", 50, 0.1)]
)
def test_a_rate_above_the_usual_range_is_an_error_if_the_loss_grew_there(
    optimizer: str, rate: float, best: float
) -> None:
    own = with_rate(plan(), rate, optimizer)
    finding = find(
        LearningRateOutOfRange, case(own, measured=stuck(own, range_test=range_test(best, rate / 4)))
    )
    assert finding.severity == "error"
    assert "too high" in finding.cause
    assert finding.recipe == {"learning_rate": best}


@pytest.mark.parametrize(("optimizer", "rate"), [("Adam", 1e-7), ("Nadam", 1e-8), ("SGD", 1e-7)])
def test_a_rate_below_the_usual_range_is_an_error_if_another_one_is_far_better(
    optimizer: str, rate: float
) -> None:
    own = with_rate(plan(), rate, optimizer)
    finding = find(LearningRateOutOfRange, case(own, measured=stuck(own, range_test=range_test(0.004, 0.5))))
    assert finding.severity == "error"
    assert "too low" in finding.cause


def test_the_range_test_has_the_last_word() -> None:
    assert not is_found(with_rate(plan(), 0.03), range_test(0.02, highest=0.4))
    assert not is_found(with_rate(plan(), 5e-7), range_test(2e-6, highest=1e-4))
    assert is_found(with_rate(plan(), 0.03), range_test(0.0005, highest=0.001))


def test_a_test_that_says_nothing_leaves_a_suspicion() -> None:
    """As with weights that are all zero: no rate moves anything, and the wrong rate is still there."""
    own = with_rate(plan(), 0.1)
    finding = find(
        LearningRateOutOfRange, case(own, measured=stuck(own, range_test=range_test(None, fall=0.0)))
    )
    assert finding.severity == "warning"
    assert finding.recipe == {"learning_rate": 0.001}


def test_a_usual_rate_is_wrong_if_another_one_was_seen_to_learn() -> None:
    own = with_rate(plan(), 1e-5)
    measured = stuck(own, range_test=range_test(0.005, 0.1), one_batch=PROOF)
    assert find(LearningRateOutOfRange, case(own, measured=measured)).severity == "error"
    measured = stuck(own, range_test=range_test(0.005, 0.1), one_batch=NO_PROOF)
    assert find(LearningRateOutOfRange, case(own, measured=measured)).severity == "warning"


def test_what_the_test_finds_on_raw_numbers_is_their_fault_and_not_that_of_the_rate() -> None:
    own = with_rate(plan(), 1e-5)
    measured = stuck(own, range_test=range_test(0.9, 5.0), one_batch=PROOF)
    for facts in (data("regression", reaching=5000.0), data("regression", target(0, 900, 500, 90))):
        assert find(LearningRateOutOfRange, case(own, facts, measured)).severity == "warning"


def test_a_loss_that_hardly_moves_suggests_nothing() -> None:
    flat = range_test(1.0, fall=0.02)
    assert not is_found(with_rate(plan(), 1e-5), flat)
    assert not is_found(with_rate(plan(), 0.01), dataclasses.replace(flat, highest=1e-6))


@pytest.mark.parametrize("rate", [1e-5, 1e-4, 1e-3, 1e-2])
def test_a_usual_rate_near_the_suggestion_is_fine(rate: float) -> None:
    assert not is_found(with_rate(plan(), rate), range_test(0.0009, highest=0.03))


def test_suggestions_stay_within_the_usual_range() -> None:
    own = with_rate(plan(), 1e-7)
    finding = find(LearningRateOutOfRange, case(own, measured=stuck(own, range_test=range_test(0.7))))
    assert finding.recipe == {"learning_rate": 0.01}
    assert not is_found(with_rate(plan(), 0.01), range_test(5.0))


@pytest.mark.parametrize(
    ("rate", "severity"),
    [(0.02, "warning"), (0.9, "warning"), (1.1, "error"), (9e-9, "error"), (5e-7, "warning")],
)
def test_where_the_range_test_tells_nothing_a_rate_far_outside_of_the_usual_range_is_an_error(
    rate: float, severity: str
) -> None:
    flat = range_test(0.001, fall=0.0)
    finding = find(
        LearningRateOutOfRange, case(with_rate(plan(), rate), measured=stuck(plan(), range_test=flat))
    )
    assert finding.severity == severity


def test_a_schedule_counts_by_its_first_rate() -> None:
    schedule = {"module": "keras.optimizers.schedules", "class_name": "CosineDecay"}
    own = with_rate(plan(), schedule | {"config": {"initial_learning_rate": 3.0, "decay_steps": 100}})
    assert find(LearningRateOutOfRange, case(own, measured=stuck(own, range_test=None))).severity == "error"
    own = with_rate(plan(), {"module": "mine", "class_name": "Own", "registered_name": "Own", "config": {}})
    assert not is_found(own)


def test_a_rate_that_is_not_written_out_is_that_of_keras() -> None:
    own = plan().replace(optimizer=KerasObject(class_name="SGD"))
    finding = find(
        LearningRateOutOfRange, case(own, measured=stuck(own, range_test=range_test(5.0), one_batch=PROOF))
    )
    assert finding.evidence[0].value == 0.01


def test_a_cyclical_rate_is_not_that_of_the_optimizer() -> None:
    own = with_rate(plan(), 100.0)
    assert not is_found(own.replace(callbacks=(KerasObject(class_name=CYCLICAL),)))


def test_an_optimizer_of_the_users_own_has_no_usual_range() -> None:
    own = with_rate(plan(), 3.0, "mine:Own")
    assert not is_found(own)
    assert is_found(own, range_test(0.001, highest=0.01))


def test_momentum_that_forgets_nothing_is_named_beside_a_rate_that_is_too_high() -> None:
    own = with_rate(plan(), 3.0, "SGD", momentum=0.995)
    finding = find(LearningRateOutOfRange, case(own, measured=stuck(own, range_test=range_test(0.01, 0.1))))
    assert finding.evidence[-1].value == 0.995
    assert "momentum" in (finding.advice or "")


def test_nobody_is_sure_before_anything_was_measured() -> None:
    own = with_rate(plan(), 1.0)
    assert find(LearningRateOutOfRange, case(own)).severity == "warning"
    assert LearningRateOutOfRange().find(case(own, measured=learning(own))) is None
