"""A training that learns is left alone, whatever its model and task; nothing is said that was not "
"measured."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remedy.diagnosis.symptom import Stage, Symptom
from remedy.diagnosis.symptoms.bad_initialization import BadInitialization
from remedy.diagnosis.symptoms.cannot_overfit_one_batch import CannotOverfitOneBatch
from remedy.diagnosis.symptoms.constant_predictions import ConstantPredictions
from remedy.diagnosis.symptoms.dead_units import DeadUnits
from remedy.diagnosis.symptoms.exploding_gradient import ExplodingGradient
from remedy.diagnosis.symptoms.learning_rate_out_of_range import LearningRateOutOfRange
from remedy.diagnosis.symptoms.loss_mismatch import LossMismatch
from remedy.diagnosis.symptoms.output_cannot_reach_target import OutputCannotReachTarget
from remedy.diagnosis.symptoms.relu_in_recurrence import ReluInRecurrence
from remedy.diagnosis.symptoms.saturated_units import SaturatedUnits
from remedy.diagnosis.symptoms.too_deep import TooDeep
from remedy.diagnosis.symptoms.undertrained import Undertrained
from remedy.diagnosis.symptoms.update_ratio import UpdateRatio
from remedy.diagnosis.symptoms.vanishing_gradient import VanishingGradient
from remedy.diagnosis.symptoms.vanishing_through_time import VanishingThroughTime
from remedy.plan import Task
from remedy.training.measurements import OneBatch, TimeGradient
from tests.diagnosis.symptoms.cases import (
    case,
    kernel,
    layers_of,
    learning,
    plan,
    range_test,
    stuck,
    with_rate,
)

CAUSES: list[type[Symptom]] = [
    OutputCannotReachTarget,
    LossMismatch,
    BadInitialization,
    LearningRateOutOfRange,
    ReluInRecurrence,
    TooDeep,
]
CONSEQUENCES: list[type[Symptom]] = [
    VanishingGradient,
    VanishingThroughTime,
    ExplodingGradient,
    DeadUnits,
    SaturatedUnits,
    UpdateRatio,
    ConstantPredictions,
    CannotOverfitOneBatch,
    Undertrained,
]
SYMPTOMS = [*CAUSES, *CONSEQUENCES]

TASKS: list[Task] = ["regression", "binary", "multiclass", "multilabel"]


@pytest.mark.parametrize("symptom", SYMPTOMS)
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("template", ["dense", "conv1d", "lstm", "gru", "rnn"])
def test_a_healthy_training_has_no_symptom(symptom: type[Symptom], task: Task, template: str) -> None:
    healthy = plan(task, template)
    assert symptom().find(case(healthy, measured=learning(healthy))) is None


@pytest.mark.parametrize("symptom", SYMPTOMS)
@pytest.mark.parametrize("task", TASKS)
def test_a_healthy_plan_that_was_not_measured_has_no_symptom(symptom: type[Symptom], task: Task) -> None:
    assert symptom().find(case(plan(task, "lstm"))) is None


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_a_loss_that_is_stuck_without_any_sign_has_none_of_these_symptoms(symptom: type[Symptom]) -> None:
    healthy = plan("regression", "lstm")
    assert symptom().find(case(healthy, measured=stuck(healthy))) is None


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_a_model_that_cannot_be_described_is_no_reason_to_fail(symptom: type[Symptom]) -> None:
    own = plan()
    model = own.model.model_copy(update={"layers": (), "opaque": "it has a Lambda layer"})
    for measured in (None, learning(own), stuck(own), stuck(own, layers=(), range_test=None, one_batch=None)):
        assert symptom().find(case(own.replace(model=model), measured=measured)) is None


@settings(max_examples=60)
@given(
    rate=st.floats(1e-9, 10),
    norm=st.floats(0, 1e9),
    share=st.floats(0, 1),
    ratio=st.floats(-20, 3),
    spread=st.floats(0, 5),
    weights=st.floats(0, 50),
    skill=st.floats(-1, 1),
)
def test_strange_numbers_are_no_symptom_while_the_training_learns(
    rate: float, norm: float, share: float, ratio: float, spread: float, weights: float, skill: float
) -> None:
    own = with_rate(plan("regression", "rnn", activation="relu"), rate)
    strange: dict[str, Any] = {
        "kernels": (kernel(std=weights, units_alike=weights == 0),),
        "gradient_start": norm,
        "update_ratio": ratio,
        "dead_share": share,
        "saturated_share": share,
        "saturated_share_end": share,
    }
    measured = learning(
        own,
        layers=layers_of(own, **strange),
        gradient_norm_highest=norm,
        prediction_spread=spread,
        through_time=(TimeGradient("X", 20, first=norm * 1e-12, last=norm),),
        range_test=range_test(1.0, highest=1e-8),
        one_batch=OneBatch(32, 300, skill),
    )
    for symptom in SYMPTOMS:
        assert symptom().find(case(own, measured=measured)) is None


def test_a_cause_is_told_before_its_consequences() -> None:
    assert max(symptom.stage for symptom in CAUSES) < min(symptom.stage for symptom in CONSEQUENCES)
    assert [symptom.stage for symptom in CAUSES] == sorted(symptom.stage for symptom in CAUSES)
    assert OutputCannotReachTarget.stage > Stage.DATA


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_every_symptom_says_what_its_rule_is_and_where_it_is_from(symptom: type[Symptom]) -> None:
    assert symptom.rule.endswith(".")
    assert "http" in symptom.source
