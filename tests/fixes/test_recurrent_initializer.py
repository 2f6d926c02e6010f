from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from remedy.fixes.recurrent_initializer import RecurrentInitializer
from remedy.plan import Change, Plan, diff

FIX = RecurrentInitializer()


def test_reaches_recurrent_layers_only(lstm_plan: Plan) -> None:
    assert diff(lstm_plan, FIX.apply(lstm_plan, "glorot_uniform")) == [
        Change("layers.lstm_1.recurrent_initializer", None, "glorot_uniform"),
        Change("layers.lstm_2.recurrent_initializer", None, "glorot_uniform"),
    ]


def test_reaches_into_bidirectional_layers(plan_of: Callable[..., Plan]) -> None:
    gru = {"module": "keras.layers", "class_name": "GRU", "config": {"units": 4}}
    plan = plan_of(("both", "Bidirectional", {"layer": gru}), ("output", "Dense", {"units": 1}))
    assert [change.path for change in diff(plan, FIX.apply(plan, "zeros"))] == [
        "layers.both.layer.config.recurrent_initializer"
    ]


def test_keras_default_leaves_an_untouched_baseline_as_it_is(lstm_plan: Plan) -> None:
    assert FIX.apply(lstm_plan, "orthogonal") == lstm_plan


def test_says_why_it_does_not_apply_without_recurrence(linear_plan: Plan, lstm_plan: Plan) -> None:
    assert FIX.not_applicable(lstm_plan) is None
    assert "no recurrent layer" in str(FIX.not_applicable(linear_plan))


def test_refuses_unknown_initializers() -> None:
    with pytest.raises(ValidationError, match="did you mean 'orthogonal'"):
        FIX.check_value("orthogonall")
