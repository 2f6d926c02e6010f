from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import keras
import pytest
from keras import layers
from pydantic import ValidationError

from remedy.fixes.cell import Cell
from remedy.fixes.space import Choice, Fixed
from remedy.plan import Change, Plan, diff
from tests.fixes import keras_models
from tests.fixes.keras_models import SOURCE, built, layer_of, plan_of_model

FIX = Cell()


def test_changes_the_class_and_nothing_else(lstm_plan: Plan) -> None:
    assert diff(lstm_plan, FIX.apply(lstm_plan, "gru")) == [
        Change("layers.lstm_1.class_name", "LSTM", "GRU"),
        Change("layers.lstm_2.class_name", "LSTM", "GRU"),
    ]
    assert FIX.apply(lstm_plan, "lstm") == lstm_plan


def test_arguments_that_only_one_class_has_are_left_out(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(
        ("a", "GRU", {"units": 4, "reset_after": False, "return_sequences": True, "dropout": 0.1}),
        ("b", "LSTM", {"units": 3, "unit_forget_bias": False, "go_backwards": True}),
        ("output", "Dense", {"units": 1}),
    )
    as_lstm, as_gru = FIX.apply(plan, "lstm"), FIX.apply(plan, "gru")
    assert layer_of(as_lstm, "a").config == {"units": 4, "return_sequences": True, "dropout": 0.1}
    assert layer_of(as_lstm, "b") == layer_of(plan, "b")
    assert layer_of(as_gru, "b").config == {"units": 3, "go_backwards": True}


@pytest.mark.parametrize("present", [layers.LSTM, layers.GRU, layers.SimpleRNN])
@pytest.mark.parametrize(("value", "wanted"), [("lstm", layers.LSTM), ("gru", layers.GRU)])
def test_every_class_becomes_every_other_with_all_its_arguments(
    present: Any, value: Literal["lstm", "gru"], wanted: Any, plan_of: Callable[..., Plan]
) -> None:
    full = present(
        3, dropout=0.1, recurrent_dropout=0.2, go_backwards=True, kernel_regularizer="l2", seed=1, name="cell"
    ).get_config()
    plan = plan_of(("cell", present.__name__, full), ("output", "Dense", {"units": 1}))
    cell = built(FIX.apply(plan, value)).get_layer("cell")
    assert type(cell) is wanted
    changed = cell.get_config()
    assert {name: changed[name] for name in full if name in changed} == {
        name: item for name, item in full.items() if name in changed
    }
    assert set(full) - set(changed) <= {"reset_after", "unit_forget_bias"}


def test_reaches_into_wrappers_and_nested_models() -> None:
    tokens = built(FIX.apply(plan_of_model(keras_models.masked_tokens()), "gru"))
    both = tokens.get_layer("both_2")
    assert {type(both.forward_layer), type(both.backward_layer)} == {layers.GRU}
    assert both.backward_layer.go_backwards
    head = built(FIX.apply(plan_of_model(keras_models.nested()), "gru")).get_layer("head")
    assert type(head.get_layer("lstm_1")) is layers.GRU


def test_an_output_layer_changes_too() -> None:
    inputs = keras.Input((5, 2))
    plan = plan_of_model(keras.Model(inputs, layers.SimpleRNN(1, name="rnn")(inputs)))
    assert layer_of(FIX.apply(plan, "lstm"), "rnn").class_name == "LSTM"


def test_layers_that_share_states_stay() -> None:
    plan = FIX.apply(plan_of_model(keras_models.encoder_decoder()), "gru")
    classes = {layer.name: layer.class_name for layer in plan.model.layers}
    assert {name: classes[name] for name in ("first", "encoder", "decoder", "last")} == {
        "first": "GRU",
        "encoder": "LSTM",
        "decoder": "LSTM",
        "last": "GRU",
    }


def test_offers_what_is_new(lstm_plan: Plan) -> None:
    assert FIX.default_space(lstm_plan) == Fixed("gru")
    assert FIX.default_space(plan_of_model(keras_models.masked_series())) == Fixed("lstm")
    both = Choice((Fixed("lstm"), Fixed("gru")))
    assert FIX.default_space(plan_of_model(keras_models.video())) == both
    assert FIX.default_space(FIX.apply(lstm_plan, "gru")) == Fixed("lstm")


def test_says_why_it_does_not_apply(linear_plan: Plan, lstm_plan: Plan) -> None:
    assert "no recurrent layer" in str(FIX.not_applicable(linear_plan))
    kept = lstm_plan.model.model_copy(update={"source": SOURCE.model_copy(update={"keep_weights": True})})
    assert FIX.not_applicable(lstm_plan.replace(model=kept)) == "the model keeps the weights it has"
    inputs = keras.Input((5, 2))
    _, state = layers.GRU(1, return_state=True)(inputs)
    assert "pass their states on" in str(FIX.not_applicable(plan_of_model(keras.Model(inputs, state))))


@pytest.mark.parametrize("value", ["rnn", "LSTM", True, 1])
def test_refuses_other_cells(value: object) -> None:
    with pytest.raises(ValidationError):
        FIX.check_value(value)
