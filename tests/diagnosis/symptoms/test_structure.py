"""Recurrent layers without bounds, and more layers than the gradient gets through."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from remedy.diagnosis.symptoms.nothing_trainable import NothingTrainable
from remedy.diagnosis.symptoms.relu_in_recurrence import ReluInRecurrence
from remedy.diagnosis.symptoms.too_deep import TooDeep
from remedy.fixes import get_fix
from remedy.plan import Plan
from remedy.training.measurements import OneBatch
from tests.diagnosis.symptoms.cases import case, find, layers_of, learning, plan, stuck

FADED: dict[str, Any] = {"gradient_start": 1e-9, "gradient_end": 1e-8}


@pytest.mark.parametrize("template", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize(
    "signs",
    [{"first_bad_step": 7, "skill_end": math.nan}, {"gradient_norm_highest": 5e4}, {"skill_end": -3.0}],
)
def test_an_unbounded_recurrence_that_explodes_is_an_error(template: str, signs: dict[str, Any]) -> None:
    own = plan(template=template, activation="relu")
    finding = find(ReluInRecurrence, case(own, measured=stuck(own, **signs)))
    assert finding.severity == "error"
    assert f"relu in the recurrent layer {template}_1" in finding.cause
    assert get_fix("activation").apply(own, finding.recipe["activation"]) != own


def test_it_is_a_suspicion_where_nothing_explodes_or_nothing_was_seen() -> None:
    own = plan(template="lstm", activation="relu")
    for measured in (stuck(own), None):
        assert find(ReluInRecurrence, case(own, measured=measured)).severity == "warning"
    assert ReluInRecurrence().find(case(own, measured=learning(own))) is None


@pytest.mark.parametrize(
    ("template", "activation"), [("lstm", "tanh"), ("rnn", "sigmoid"), ("dense", "relu"), ("conv1d", "relu")]
)
def test_bounded_recurrences_and_other_layers_are_left_alone(template: str, activation: str) -> None:
    own = plan(template=template, activation=activation)
    assert ReluInRecurrence().find(case(own, measured=stuck(own, skill_end=-3.0))) is None


def deep(template: str, layers: int, **settings: Any) -> Plan:
    return plan(template=template, units=(8,) * layers, **settings)


@pytest.mark.parametrize(
    ("own", "found"),
    [
        (deep("lstm", 4), True),
        (deep("lstm", 3), False),
        (deep("gru", 4, bidirectional=True), True),
        (deep("dense", 6, activation="sigmoid"), True),
        (deep("dense", 6, activation="tanh"), True),
        (deep("dense", 5, activation="sigmoid"), False),
        (deep("dense", 12, activation="relu"), False),
    ],
)
def test_a_deep_stack_is_an_error_only_if_gradients_vanish_in_it(own: Plan, found: bool) -> None:
    names = [layer.name for layer in own.model.layers]
    faded = stuck(own, layers=layers_of(deep("dense", len(names) - 1), first=FADED))
    assert (TooDeep().find(case(own, measured=faded)) is not None) is found
    assert TooDeep().find(case(own, measured=stuck(own))) is None
    assert TooDeep().find(case(own)) is None
    if found:
        finding = find(TooDeep, case(own, measured=faded))
        assert finding.severity == "error"
        assert get_fix("depth").apply(own, finding.recipe["depth"]) != own


@pytest.mark.parametrize(
    ("skill", "tuned", "found"),
    [(0.3, None, True), (0.3, 0.4, True), (0.3, 0.97, False), (math.nan, 0.4, True), (math.nan, 0.97, False)],
)
def test_a_deep_stack_that_cannot_learn_one_batch_at_any_rate_is_a_suspicion(
    skill: float, tuned: float | None, found: bool
) -> None:
    batch = OneBatch(32, 300, skill, tuned)
    own, shallow = deep("lstm", 8), deep("lstm", 2)
    if found:
        finding = find(TooDeep, case(own, measured=stuck(own, one_batch=batch)))
        assert finding.severity == "warning"
        assert finding.recipe == {"depth": 2}
        assert [evidence.value for evidence in finding.evidence] == pytest.approx([8, skill], nan_ok=True)
    else:
        assert TooDeep().find(case(own, measured=stuck(own, one_batch=batch))) is None
    assert TooDeep().find(case(shallow, measured=stuck(shallow, one_batch=batch))) is None
    assert TooDeep().find(case(own, measured=learning(own, one_batch=batch))) is None


@pytest.mark.parametrize("template", ["dense", "lstm"])
def test_a_frozen_model_is_an_error_and_a_frozen_layer_is_none(template: str) -> None:
    own = plan(template=template)
    frozen = dataclasses.replace(stuck(own), steps=0, layers=layers_of(own, trainable=False))
    finding = find(NothingTrainable, case(own, measured=frozen))
    assert finding.severity == "error"
    assert finding.cause == "all weights of the model are frozen"
    assert [evidence.value for evidence in finding.evidence] == [len(frozen.layers), 0]
    assert "trainable = True" in str(finding.advice)
    part = dataclasses.replace(stuck(own), layers=layers_of(own, first={"trainable": False}))
    for measured in (part, stuck(own), learning(own), None):
        assert NothingTrainable().find(case(own, measured=measured)) is None


def test_a_model_without_weights_is_told_from_a_frozen_one() -> None:
    own = plan()
    finding = find(NothingTrainable, case(own, measured=dataclasses.replace(stuck(own), steps=0, layers=())))
    assert finding.cause == "the model has no weights"
