from __future__ import annotations

import dataclasses

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remedy.diagnosis.symptoms._output import _RANGES, output_of
from remedy.diagnosis.symptoms.output_cannot_reach_target import OutputCannotReachTarget
from remedy.plan import Layer, Plan, Preprocessing, Task
from tests.diagnosis.symptoms.cases import (
    case,
    data,
    find,
    learning,
    plan,
    stuck,
    target,
    with_layers,
    with_output,
)


def is_found(plan: Plan, low: float, high: float, *, learns: bool = False) -> bool:
    middle, quarter = (low + high) / 2, (high - low) / 4
    measured = learning(plan) if learns else stuck(plan)
    facts = data("regression", target(low, high, middle, quarter))
    return OutputCannotReachTarget().find(case(plan, facts, measured)) is not None


@pytest.mark.parametrize("task", ["binary", "regression", "multiclass"])
@pytest.mark.parametrize("template", ["dense", "lstm"])
def test_softmax_on_one_unit_is_an_error_for_every_task(task: Task, template: str) -> None:
    own = with_output(plan(task, template), "softmax", units=1)
    for measured in (None, stuck(own), learning(own)):
        finding = find(OutputCannotReachTarget, case(own, measured=measured))
        assert finding.severity == "error"
        assert finding.recipe == {"output_head": True}
        assert "softmax" in finding.cause


def test_softmax_in_a_layer_of_its_own_is_found_as_well() -> None:
    own = with_layers(
        plan("binary"), Layer(name="s", class_name="Softmax"), Layer(name="d", class_name="Dropout")
    )
    assert find(OutputCannotReachTarget, case(own)).severity == "error"


def test_softmax_is_right_for_classes() -> None:
    own = plan("multiclass")
    assert output_of(own) is not None
    assert OutputCannotReachTarget().find(case(own, measured=stuck(own))) is None


@pytest.mark.parametrize(
    ("activation", "low", "high"),
    [
        ("sigmoid", 0, 300),
        ("sigmoid", -2, 2),
        ("tanh", 0, 50),
        ("relu", -3, 3),
        ("softplus", -9, -1),
        ("softmax", 0, 9),
    ],
)
def test_a_target_beyond_the_ends_of_the_output_is_an_error(activation: str, low: float, high: float) -> None:
    own = with_output(plan(), activation, units=2 if activation == "softmax" else 1)
    finding = find(
        OutputCannotReachTarget, case(own, data("regression", target(low, high, (low + high) / 2, 1)))
    )
    assert finding.severity == "error"
    assert finding.recipe == {"output_head": True}
    assert finding.evidence[0].value in {low, high}


@pytest.mark.parametrize(
    ("activation", "low", "high"),
    [
        ("sigmoid", 0, 1),
        ("tanh", -1, 1),
        ("relu", 0, 1e6),
        ("softplus", 0, 9),
        ("linear", -9, 9),
        ("elu", -0.5, 3),
    ],
)
def test_a_target_that_the_output_can_return_is_fine(activation: str, low: float, high: float) -> None:
    assert not is_found(with_output(plan(), activation), low, high)


@pytest.mark.parametrize(
    ("activation", "scaling", "found"),
    [
        ("sigmoid", "minmax", False),
        ("tanh", "minmax", False),
        ("sigmoid", "standard", True),
        ("relu", "robust", True),
    ],
)
def test_the_scaled_target_counts(activation: str, scaling: str, found: bool) -> None:
    own = with_output(plan(), activation).replace(preprocessing=Preprocessing(target_scaling=scaling))
    assert is_found(own, 100, 500) is found


def test_where_the_model_learns_nevertheless_it_is_a_warning_at_most() -> None:
    own = with_output(plan(), "relu")
    half = data("regression", target(-2, 2, 0, 1))
    assert find(OutputCannotReachTarget, case(own, half, learning(own))).severity == "warning"
    outlier = data("regression", target(-2, 9, 4, 1))
    assert OutputCannotReachTarget().find(case(own, outlier, learning(own))) is None


def test_shares_may_be_told_by_softmax_and_nothing_else() -> None:
    own = with_output(plan(), "softmax", units=2)
    parts = [target(0, 1, 0.3, 0.1), target(0, 1, 0.7, 0.1)]
    assert OutputCannotReachTarget().find(case(own, data("regression", *parts), stuck(own))) is None
    parts[0] = dataclasses.replace(parts[0], mean=0.6)
    assert "add up" in find(OutputCannotReachTarget, case(own, data("regression", *parts), stuck(own))).cause


def test_softmax_is_for_labels_that_exclude_each_other() -> None:
    own = with_output(plan("multilabel"), "softmax")
    assert find(OutputCannotReachTarget, case(own, measured=stuck(own))).severity == "error"
    assert find(OutputCannotReachTarget, case(own, measured=learning(own))).severity == "warning"
    exclusive = dataclasses.replace(data("multilabel"), class_shares=(0.25,) * 4)
    assert OutputCannotReachTarget().find(case(own, exclusive, stuck(own))) is None


def test_an_lstm_at_the_end_has_a_range_and_is_sent_to_target_scaling() -> None:
    own = plan(template="lstm")
    own = own.with_layers(own.model.layers[:-1])
    finding = find(OutputCannotReachTarget, case(own, data("regression", target(0, 40, 20, 9))))
    assert finding.recipe == {"target_scaling": "minmax"}


def test_an_output_that_is_not_understood_is_left_alone() -> None:
    for last in (
        Layer(name="r", class_name="Rescaling", config={"scale": 300}),
        Layer(name="l", class_name="PReLU"),
    ):
        assert not is_found(with_layers(with_output(plan(), "sigmoid"), last), 0, 300)


@pytest.mark.parametrize("activation", _RANGES)
@settings(max_examples=20)
@given(values=st.lists(st.floats(-1e3, 1e3, width=32), min_size=2, max_size=8))
def test_keras_activations_stay_within_the_ranges(activation: str, values: list[float]) -> None:
    low, high = _RANGES[activation]
    outputs = np.asarray(keras.activations.get(activation)(np.array([values], np.float32)))
    assert outputs.min() >= low - 1e-3
    assert outputs.max() <= high + 1e-3
