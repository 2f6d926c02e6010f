from __future__ import annotations

import pytest
from pydantic import ValidationError

from remedy.fixes.class_weight import ClassWeight
from remedy.plan import Change, DataFacts, Plan, Task, diff

FIX = ClassWeight()


def classes(plan: Plan, *shares: float, task: Task = "multiclass", steps: int | None = None) -> Plan:
    return plan.replace(task=task, data=DataFacts(class_shares=shares, target_steps=steps))


def test_sets_the_weights_and_nothing_else(lstm_plan: Plan) -> None:
    plan = classes(lstm_plan, 0.9, 0.1)
    assert diff(plan, FIX.apply(plan, "balanced")) == [Change("class_weight", None, "balanced")]


@pytest.mark.parametrize(
    ("shares", "even"),
    [
        ((0.5, 0.5), True),
        ((0.54, 0.46), True),
        ((0.56, 0.44), False),
        ((0.34, 0.33, 0.33), True),
        ((0.4, 0.3, 0.3), False),
        ((0.97, 0.01, 0.02), False),
    ],
)
def test_is_for_classes_that_are_not_equally_frequent(
    lstm_plan: Plan, shares: tuple[float, ...], even: bool
) -> None:
    reason = FIX.not_applicable(classes(lstm_plan, *shares))
    assert reason == ("the classes are about equally frequent" if even else None)


def test_says_why_it_is_not_for_other_targets(lstm_plan: Plan) -> None:
    assert "task: regression" in str(FIX.not_applicable(lstm_plan))
    assert "task: multilabel" in str(FIX.not_applicable(classes(lstm_plan, task="multilabel")))
    assert "every step" in str(FIX.not_applicable(classes(lstm_plan, 0.9, 0.1, task="binary", steps=10)))
    assert FIX.not_applicable(classes(lstm_plan, 0.9, 0.1, task="binary")) is None


@pytest.mark.parametrize("value", [True, "even", {0: 1.0}])
def test_refuses_other_values(value: object) -> None:
    with pytest.raises(ValidationError):
        FIX.check_value(value)
