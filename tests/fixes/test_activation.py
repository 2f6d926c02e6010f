from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import keras
import pytest
from keras import layers
from pydantic import ValidationError

from remedy.fixes.activation import Activation
from remedy.fixes.space import Choice, Fixed
from remedy.plan import Plan, diff
from tests.fixes import keras_models
from tests.fixes.keras_models import SOURCE, built, layer_of, plan_of_model

FIX = Activation()


Value = Literal["tanh", "relu", "elu"]


def changes(plan: Plan, value: Value) -> dict[str, object]:
    found = diff(plan, FIX.apply(plan, value))
    return {change.path.removeprefix("layers."): change.after for change in found}


def test_reaches_hidden_layers_and_leaves_the_output_layer_alone(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(
        ("conv", "Conv1D", {"filters": 4, "kernel_size": 3, "activation": "relu"}),
        ("flatten", "Flatten", {}),
        ("dense", "Dense", {"units": 4, "activation": "sigmoid"}),
        ("output", "Dense", {"units": 1, "activation": "sigmoid"}),
    )
    assert changes(plan, "elu") == {"conv.activation": "elu", "dense.activation": "elu"}


def test_relu_brings_the_starting_weights_that_suit_it(plan_of: Callable[..., Plan]) -> None:
    glorot = {"module": "keras.initializers", "class_name": "GlorotUniform", "config": {"seed": None}}
    plan = plan_of(
        ("default", "Dense", {"units": 4, "activation": "tanh"}),
        ("written", "Dense", {"units": 4, "activation": "relu", "kernel_initializer": glorot}),
        ("chosen", "Dense", {"units": 4, "activation": "relu", "kernel_initializer": "orthogonal"}),
        ("output", "Dense", {"units": 1}),
    )
    assert changes(plan, "relu") == {
        "default.activation": "relu",
        "default.kernel_initializer": "he_normal",
        "written.kernel_initializer": "he_normal",
    }


def test_weights_that_the_model_keeps_are_not_drawn_anew(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(("dense", "Dense", {"units": 4, "activation": "tanh"}), ("output", "Dense", {"units": 1}))
    kept = plan.model.model_copy(update={"source": SOURCE.model_copy(update={"keep_weights": True})})
    assert changes(plan.replace(model=kept), "relu") == {"dense.activation": "relu"}


def test_an_activation_layer_behind_it_takes_the_activation(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(
        ("dense", "Dense", {"units": 4}),
        ("norm", "BatchNormalization", {}),
        ("leaky", "LeakyReLU", {"negative_slope": 0.2}),
        ("output", "Dense", {"units": 1}),
        ("sigmoid", "Activation", {"activation": "sigmoid"}),
    )
    assert changes(plan, "tanh") == {
        "leaky.class_name": "Activation",
        "leaky.activation": "tanh",
        "leaky.negative_slope": None,
    }


@pytest.mark.parametrize(("layer", "value"), [("ReLU", "relu"), ("ELU", "elu")])
def test_an_activation_layer_that_does_it_already_stays(
    layer: str, value: Value, plan_of: Callable[..., Plan]
) -> None:
    plan = plan_of(
        ("dense", "Dense", {"units": 4, "kernel_initializer": "he_normal"}),
        ("act", layer, {}),
        ("output", "Dense", {"units": 1}),
    )
    assert FIX.apply(plan, value) == plan


def test_a_hidden_layer_without_any_activation_gets_one(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(
        ("dense", "Dense", {"units": 4}),
        ("drop", "Dropout", {"rate": 0.1}),
        ("output", "Dense", {"units": 1}),
    )
    assert changes(plan, "tanh") == {"dense.activation": "tanh"}


def test_a_sum_stays_linear_and_the_activation_behind_it_stays() -> None:
    plan = plan_of_model(keras_models.skip_connection())
    assert changes(plan, "tanh") == {"conv_1.activation": "tanh", "conv_2.activation": "tanh"}


def test_operations_are_left_alone() -> None:
    assert changes(plan_of_model(keras_models.operations()), "elu") == {}


def test_gates_stay() -> None:
    plan = FIX.apply(plan_of_model(keras_models.separable_images()), "relu")
    assert layer_of(plan, "gate").config["activation"] == "sigmoid"
    inputs = keras.Input((4,), name="inputs")
    gate = layers.Softmax(name="softmax")(layers.Dense(4, name="scores")(inputs))
    weighted = layers.Multiply(name="weighted")([gate, inputs])
    attention = plan_of_model(keras.Model(inputs, layers.Dense(1)(weighted)))
    assert changes(attention, "relu") == {}


def _squeeze_and_excitation() -> keras.Model:
    inputs = keras.Input((8, 4), name="inputs")
    x = layers.Conv1D(4, 3, padding="same", activation="tanh", name="conv")(inputs)
    gate = layers.Dense(4, activation="sigmoid", name="gate")(layers.GlobalAveragePooling1D()(x))
    return keras.Model(inputs, layers.Dense(1)(layers.Flatten()(x * layers.Reshape((1, 4))(gate))))


def _attention_of_the_tutorials() -> keras.Model:
    inputs = keras.Input((8, 4), name="inputs")
    states = layers.LSTM(5, return_sequences=True)(inputs)
    scores = layers.Flatten()(layers.Dense(1, activation="tanh", name="scores")(states))
    weights = layers.Activation("softmax", name="softmax")(scores)
    weights = layers.Permute((2, 1))(layers.RepeatVector(5)(weights))
    return keras.Model(inputs, layers.Dense(1)(layers.Flatten()(layers.Multiply()([states, weights]))))


def _attention_over_steps() -> keras.Model:
    inputs = keras.Input((8, 4), name="inputs")
    weights = layers.Dense(8, activation="softmax", name="weights")(layers.Permute((2, 1))(inputs))
    weighted = layers.Multiply()([inputs, layers.Permute((2, 1))(weights)])
    return keras.Model(inputs, layers.Dense(1)(layers.Flatten()(weighted)))


def _scores_with_an_axis_more() -> keras.Model:
    inputs = keras.Input((8, 4), name="inputs")
    scores = layers.Dense(8, activation="sigmoid", name="scores")(layers.Flatten()(inputs))
    return keras.Model(inputs, layers.Dense(1)(layers.Flatten()(inputs * keras.ops.expand_dims(scores, -1))))


@pytest.mark.parametrize(
    "build",
    [_squeeze_and_excitation, _attention_of_the_tutorials, _attention_over_steps, _scores_with_an_axis_more],
)
def test_gates_that_multiply_in_another_shape_stay(build: Callable[[], keras.Model]) -> None:
    changed = changes(plan_of_model(build()), "relu")
    assert not any(path.startswith(("gate", "scores", "softmax", "weights")) for path in changed), changed


def test_relu_inside_a_recurrence_becomes_tanh_whatever_the_value(plan_of: Callable[..., Plan]) -> None:
    cells = {"units": 4, "activation": "relu", "recurrent_activation": "hard_sigmoid"}
    inner = {"module": "keras.layers", "class_name": "LSTM", "config": {"units": 3, "activation": "relu"}}
    plan = plan_of(
        ("gru", "GRU", cells | {"return_sequences": True}),
        ("rnn", "SimpleRNN", {"units": 3, "activation": "relu", "return_sequences": True}),
        ("both", "Bidirectional", {"layer": inner}),
        ("output", "Dense", {"units": 1}),
    )
    assert FIX.default_space(plan) == Fixed("tanh")
    values: tuple[Value, ...] = ("tanh", "relu")
    for value in values:
        assert changes(plan, value) == {
            "gru.activation": "tanh",
            "gru.recurrent_activation": "sigmoid",
            "rnn.activation": "tanh",
            "both.layer.config.activation": "tanh",
        }
        built(FIX.apply(plan, value))


def test_offers_all_where_there_are_other_hidden_layers() -> None:
    three = Choice((Fixed("tanh"), Fixed("relu"), Fixed("elu")))
    assert FIX.default_space(plan_of_model(keras_models.two_inputs())) == three


def test_frozen_layers_stay_and_nothing_is_left_to_do() -> None:
    plan = plan_of_model(keras_models.frozen())
    assert FIX.apply(plan, "tanh") == plan
    assert "no hidden layer" in str(FIX.not_applicable(plan))


def test_has_nothing_to_try_where_recurrent_layers_are_as_keras_makes_them(lstm_plan: Plan) -> None:
    assert FIX.not_applicable(lstm_plan) is None
    assert "what the baseline has already" in str(FIX.left_out(lstm_plan))


def test_an_activation_that_hidden_and_output_layers_share_stays() -> None:
    inputs = keras.Input((4,), name="inputs")
    relu = layers.ReLU(name="relu")
    x = relu(layers.Dense(4, name="dense")(inputs))
    plan = plan_of_model(keras.Model(inputs, relu(layers.Dense(1, name="out")(x))))
    assert FIX.apply(plan, "tanh") == plan


@pytest.mark.parametrize("value", ["sigmoid", "ReLU", True, {"class_name": "relu"}])
def test_refuses_other_activations(value: object) -> None:
    with pytest.raises(ValidationError):
        FIX.check_value(value)
