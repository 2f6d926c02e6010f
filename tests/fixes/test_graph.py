"""What counts as hidden and as output in models that are no chains, and how layers are put into them."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest
from keras import layers

from remedy.plan import Layer, Model, Plan
from remedy.surgery.graph import Graph
from remedy.surgery.wires import insert_behind
from tests.fixes import keras_models
from tests.fixes.keras_models import built, plan_of_model


def heads(model: keras.Model) -> set[str]:
    return {"/".join(path) for path in Graph(plan_of_model(model).model).heads}


def hidden(model: keras.Model) -> list[str]:
    return ["/".join(path) for path in Graph(plan_of_model(model).model).hidden()]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (keras_models.two_inputs, ["dense", "lstm_1", "lstm_2"]),
        (keras_models.skip_connection, ["conv_1", "conv_2", "conv_3", "start"]),
        (keras_models.operations, ["dense_1", "dense_2", "gru"]),
        (keras_models.nested, ["features/conv_1", "features/conv_2", "head/lstm_1", "head/lstm_2"]),
        (keras_models.encoder_decoder, ["decoder", "encoder", "first", "last"]),
    ],
)
def test_layers_with_a_kernel_that_feed_others_are_hidden(
    model: Callable[[], keras.Model], expected: list[str]
) -> None:
    assert sorted(hidden(model())) == expected


def test_the_output_layer_of_a_nested_model_is_hidden_unless_it_is_the_output() -> None:
    assert heads(keras_models.nested()) == {"head/out"}


def test_every_way_to_an_output_has_its_own_output_layer() -> None:
    inputs = keras.Input((3,))
    x = layers.Dense(4, name="trunk")(inputs)
    one = layers.Softmax(name="softmax")(layers.Dense(2, name="one")(x))
    other = layers.Add(name="sum")([layers.Dense(2, name="left")(x), layers.Dense(2, name="right")(x)])
    model = keras.Model(inputs, [one, other])
    assert heads(model) == {"one", "left", "right"}
    assert hidden(model) == ["trunk"]


def test_a_layer_whose_output_is_used_and_returned_is_an_output_layer() -> None:
    inputs = keras.Input((3,))
    x = layers.Dense(4, name="both")(inputs)
    assert heads(keras.Model(inputs, [x, layers.Dense(1, name="last")(x)])) == {"both", "last"}


def test_attention_hides_what_is_in_front_of_it() -> None:
    inputs = keras.Input((6, 4))
    x = layers.Dense(4, name="projection")(inputs)
    x = layers.MultiHeadAttention(2, 2, name="attention")(x, x)
    assert hidden(keras.Model(inputs, layers.Flatten()(x))) == ["projection"]


def test_layers_of_frozen_models_are_frozen() -> None:
    frozen = Graph(plan_of_model(keras_models.frozen()).model).frozen
    assert {path for path in frozen if path[-1] != "entry"} == {("base", "a"), ("base", "b"), ("still",)}


def doubled(plan: Plan, name: str) -> Plan:
    layer = Layer(name="double", class_name="Rescaling", config={"scale": 2.0, "offset": 0.0})
    return plan.replace(model=insert_behind(plan.model, name, layer))


def test_an_inserted_layer_is_between_a_layer_and_all_its_consumers() -> None:
    inputs = keras.Input((3,), name="inputs")
    x = layers.Dense(2, name="dense")(inputs)
    model = keras.Model(inputs, {"sum": layers.Add(name="add")([x, x, inputs[:, :2]]), "itself": x})
    wider = built(doubled(plan_of_model(model), "dense"))
    wider.set_weights(model.get_weights())
    X = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    dense = model.predict(X, verbose=0)["itself"]
    answer = wider.predict(X, verbose=0)
    np.testing.assert_allclose(answer["itself"], 2 * dense, rtol=1e-5)
    np.testing.assert_allclose(answer["sum"], 4 * dense + X[:, :2], rtol=1e-5)


def test_a_layer_behind_a_shared_one_is_shared_too() -> None:
    one, other = keras.Input((3,), name="one"), keras.Input((3,), name="other")
    dense = layers.Dense(2, name="dense")
    model = keras.Model([one, other], [dense(one), layers.ReLU(name="relu")(dense(other))])
    wider = built(doubled(plan_of_model(model), "dense"))
    wider.set_weights(model.get_weights())
    X = np.random.default_rng(1).normal(size=(5, 3)).astype("float32")
    expected = model.predict([X, -X], verbose=0)
    for changed, original in zip(wider.predict([X, -X], verbose=0), expected, strict=True):
        np.testing.assert_allclose(changed, 2 * original, rtol=1e-5)


def test_only_the_output_of_a_layer_with_states_is_redirected() -> None:
    plan = doubled(plan_of_model(keras_models.encoder_decoder()), "encoder")
    decoder = {layer.name: layer for layer in plan.model.layers}["decoder"]
    assert decoder.calls is not None
    assert decoder.calls[0].kwargs["initial_state"] == [{"tensor": ["encoder", 0, i]} for i in (1, 2)]


def test_the_users_own_layers_are_neither_hidden_nor_output() -> None:
    model = Model(
        layers=(
            Layer(name="a", class_name="Dense", config={"units": 3}),
            Layer(name="own", class_name="Dense", module="theirs", config={"units": 3}),
            Layer(name="b", class_name="Dense", config={"units": 3}),
        ),
        input_shape=(3,),
    )
    graph = Graph(model)
    assert graph.hidden() == [("a",)]
    assert graph.heads == {("b",)}
