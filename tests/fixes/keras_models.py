"""Models as users write them with Keras' functional API, and their plans."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

from remedy.models.build import rebuild
from remedy.models.describe import describe_model
from remedy.plan import DataFacts, KerasObject, Model, Plan, UserModel

SOURCE = UserModel(file="/nowhere/model.py", function="build")
LENGTH = 10


def two_inputs() -> keras.Model:
    series, row = keras.Input((LENGTH, 2), name="series"), keras.Input((3,), name="row")
    x = layers.LSTM(4, return_sequences=True, name="lstm_1")(series)
    x = layers.LSTM(3, name="lstm_2")(x)
    y = layers.Dense(4, activation="relu", name="dense")(row)
    z = layers.Concatenate(name="both")([x, y])
    return keras.Model([series, row], layers.Dense(1, name="out")(z))


def named_inputs_and_output() -> keras.Model:
    inputs = {"a": keras.Input((3,), name="a"), "b": keras.Input((3,), name="b")}
    x = layers.Concatenate(name="both")([inputs["a"], inputs["b"]])
    x = layers.Dense(4, activation="sigmoid", name="dense")(x)
    return keras.Model(inputs, {"y": layers.Dense(1, name="out")(x)})


def skip_connection() -> keras.Model:
    inputs = keras.Input((LENGTH, 2), name="inputs")
    start = layers.Conv1D(4, 3, padding="same", name="start")(inputs)
    x = layers.Conv1D(4, 3, padding="same", activation="relu", name="conv_1")(start)
    x = layers.Conv1D(6, 3, padding="same", activation="relu", name="conv_2")(x)
    x = layers.Conv1D(4, 3, padding="same", name="conv_3")(x)
    x = layers.Add(name="add")([start, x])
    x = layers.ReLU(name="relu")(x)
    x = layers.GlobalAveragePooling1D(name="pool")(x)
    return keras.Model(inputs, layers.Dense(1, name="out")(x))


def operations() -> keras.Model:
    inputs = keras.Input((LENGTH, 2), name="inputs")
    x = layers.Dense(4, name="dense_1")(inputs)
    y = layers.Dense(4, name="dense_2")(keras.ops.relu(x))
    x = layers.GRU(3, name="gru")(x + y * 0.5)
    return keras.Model(inputs, layers.Dense(1, name="out")(x))


def nested() -> keras.Model:
    features = keras.Sequential(
        [
            keras.Input((LENGTH, 2)),
            layers.Conv1D(4, 3, name="conv_1"),
            layers.LeakyReLU(name="leaky"),
            layers.Conv1D(3, 3, name="conv_2"),
            layers.ELU(name="elu"),
        ],
        name="features",
    )
    entry = keras.Input((6, 3), name="entry")
    x = layers.LSTM(3, return_sequences=True, name="lstm_1")(entry)
    x = layers.LSTM(3, name="lstm_2")(x)
    head = keras.Model(entry, layers.Dense(1, name="out")(x), name="head")
    inputs = keras.Input((LENGTH, 2), name="inputs")
    return keras.Model(inputs, head(features(inputs)))


def shared() -> keras.Model:
    one, other = keras.Input((LENGTH, 2), name="one"), keras.Input((LENGTH, 2), name="other")
    lstm, dense = layers.LSTM(3, name="lstm"), layers.Dense(4, activation="relu", name="dense")
    x = layers.Subtract(name="minus")([dense(lstm(one)), dense(lstm(other))])
    return keras.Model([one, other], layers.Dense(1, name="out")(x))


def encoder_decoder() -> keras.Model:
    inputs = keras.Input((LENGTH, 2), name="inputs")
    x = layers.LSTM(4, return_sequences=True, name="first")(inputs)
    _, *states = layers.LSTM(4, return_state=True, name="encoder")(x)
    x = layers.RepeatVector(5, name="repeat")(states[0])
    x = layers.LSTM(4, return_sequences=True, name="decoder")(x, initial_state=states)
    x = layers.GRU(3, return_sequences=True, name="last")(x)
    return keras.Model(inputs, layers.TimeDistributed(layers.Dense(1), name="out")(x))


def bidirectional_states() -> keras.Model:
    inputs = keras.Input((LENGTH, 2), name="inputs")
    both = layers.Bidirectional(layers.LSTM(3, return_sequences=True, return_state=True), name="encoder")
    x, *states = both(inputs)
    decoder = layers.Bidirectional(layers.LSTM(3, return_sequences=True), name="decoder")
    x = layers.GRU(4, name="last")(decoder(x, initial_state=states))
    return keras.Model(inputs, layers.Dense(1, name="out")(x))


def masked_tokens() -> keras.Model:
    inputs = keras.Input((LENGTH,), name="tokens")
    x = layers.Embedding(20, 4, mask_zero=True, name="embedding")(inputs)
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True), name="both_1")(x)
    x = layers.Dropout(0.1, name="drop")(x)
    x = layers.Bidirectional(layers.LSTM(2), name="both_2")(x)
    return keras.Model(inputs, layers.Dense(1, name="out")(x))


def masked_series() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((LENGTH, 2)),
            layers.Masking(name="masking"),
            layers.GRU(4, return_sequences=True, activation="relu", reset_after=False, name="gru_1"),
            layers.TimeDistributed(layers.Dense(3, activation="selu"), name="steps"),
            layers.GRU(4, return_sequences=True, name="gru_2"),
            layers.GRU(3, name="gru_3"),
            layers.Dense(1, name="out"),
        ]
    )


def video() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((4, 8, 8, 1)),
            layers.Masking(name="masking"),
            layers.TimeDistributed(layers.Conv2D(2, 3, activation="relu"), name="conv"),
            layers.TimeDistributed(layers.Flatten(), name="flatten"),
            layers.SimpleRNN(3, name="rnn"),
            layers.Dense(1, name="out"),
        ]
    )


def normalised() -> keras.Model:
    inputs = keras.Input((LENGTH, 2), name="inputs")
    x = layers.Flatten(name="flatten")(inputs)
    for number in (1, 2):
        x = layers.Dense(4, name=f"dense_{number}")(x)
        x = layers.BatchNormalization(name=f"norm_{number}")(x)
        x = layers.Activation("sigmoid", name=f"sigmoid_{number}")(x)
    return keras.Model(inputs, layers.Dense(1, name="out")(x))


def separable_images() -> keras.Model:
    inputs = keras.Input((8, 8, 3), name="inputs")
    x = layers.SeparableConv2D(4, 3, strides=2, name="separable")(inputs)
    x = layers.DepthwiseConv2D(2, name="depthwise")(x)
    gate = layers.Dense(4, activation="sigmoid", name="gate")(layers.GlobalAveragePooling2D(name="pool")(x))
    x = layers.Multiply(name="gated")([x, gate])
    x = layers.Flatten(name="flatten")(x)
    return keras.Model(inputs, layers.Dense(1, name="out")(x))


def frozen() -> keras.Model:
    entry = keras.Input((3,), name="entry")
    x = layers.Dense(4, name="a")(entry)
    base = keras.Model(entry, layers.Dense(4, name="b")(x), name="base")
    base.trainable = False
    inputs = keras.Input((3,), name="inputs")
    x = layers.Dense(4, activation="relu", trainable=False, name="still")(base(inputs))
    return keras.Model(inputs, layers.Dense(1, name="out")(x))


MODELS: dict[str, Callable[[], keras.Model]] = {
    model.__name__: model
    for model in (
        two_inputs,
        named_inputs_and_output,
        skip_connection,
        operations,
        nested,
        shared,
        encoder_decoder,
        bidirectional_states,
        masked_tokens,
        masked_series,
        video,
        normalised,
        separable_images,
        frozen,
    )
}

OPAQUE = Model(source=SOURCE, opaque="it is a subclass of keras.Model without get_config")


def plan_of_model(model: keras.Model | Model, **changes: Any) -> Plan:
    """The plan of a training of a Keras model, with any other part replaced."""
    described = model if isinstance(model, Model) else describe_model(model, SOURCE)
    assert isinstance(model, Model) or described.opaque is None, described.opaque
    return Plan(
        task="regression",
        metric="mse",
        model=described,
        optimizer=KerasObject(class_name="Adam", config={"learning_rate": 0.002, "clipvalue": 0.5}),
        loss="mse",
        epochs=5,
        batch_size=16,
        data=DataFacts(output_units=1),
    ).replace(**changes)


def built(plan: Plan) -> keras.Model:
    """The Keras model of a plan."""
    return rebuild(plan.model)


def layer_of(plan: Plan, *path: str) -> Any:
    """The description of a layer, by the names of the nested models around it and its own."""
    model = plan.model
    for name in path[:-1]:
        inner = {layer.name: layer for layer in model.layers}[name].inner
        assert inner is not None
        model = inner
    return {layer.name: layer for layer in model.layers}[path[-1]]
