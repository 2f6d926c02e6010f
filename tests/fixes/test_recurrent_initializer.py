from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest
from pydantic import ValidationError

from remedy.fixes.recurrent_initializer import RecurrentInitializer
from remedy.plan import Change, Plan, diff
from tests.fixes import keras_models
from tests.fixes.keras_models import SOURCE, built, plan_of_model

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


def test_reaches_into_nested_models() -> None:
    plan = FIX.apply(plan_of_model(keras_models.nested()), "zeros")
    cell = built(plan).get_layer("head").get_layer("lstm_2").cell
    assert not cell.recurrent_kernel.numpy().any()
    assert cell.kernel.numpy().any()


def test_identity_goes_only_where_the_weights_are_a_matrix() -> None:
    inputs = keras.Input((4, 8, 2))
    x = keras.layers.ConvLSTM1D(3, 2, return_sequences=True, name="convolutional")(inputs)
    x = keras.layers.TimeDistributed(keras.layers.Flatten())(x)
    x = keras.layers.SimpleRNN(3, name="rnn")(x)
    plan = FIX.apply(plan_of_model(keras.Model(inputs, keras.layers.Dense(1)(x))), "identity")
    np.testing.assert_array_equal(built(plan).get_layer("rnn").cell.recurrent_kernel.numpy(), np.eye(3))


def test_a_model_that_keeps_its_weights_draws_none(lstm_plan: Plan) -> None:
    kept = lstm_plan.model.model_copy(update={"source": SOURCE.model_copy(update={"keep_weights": True})})
    assert FIX.not_applicable(lstm_plan.replace(model=kept)) == "the model keeps the weights it has"


def test_keras_default_leaves_an_untouched_baseline_as_it_is(lstm_plan: Plan) -> None:
    assert FIX.apply(lstm_plan, "orthogonal") == lstm_plan


def test_says_why_it_does_not_apply_without_recurrence(linear_plan: Plan, lstm_plan: Plan) -> None:
    assert FIX.not_applicable(lstm_plan) is None
    assert "no recurrent layer" in str(FIX.not_applicable(linear_plan))


def test_refuses_unknown_initializers() -> None:
    with pytest.raises(ValidationError, match="did you mean 'orthogonal'"):
        FIX.check_value("orthogonall")
