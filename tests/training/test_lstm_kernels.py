"""LSTMs computed by kernels give Keras' outputs and gradients, and what has no kernel is left to Keras."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from remedy.models.jit_compilation import MOST_KERNEL_STEPS
from remedy.training.backend.lstm_kernels import lstm_kernels

SAMPLES, STEPS, FEATURES = 5, 7, 3

layers = keras.layers
LSTM = layers.LSTM


def chain(*stack: keras.layers.Layer, steps: int | None = STEPS) -> keras.Model:
    return keras.Sequential([keras.Input((steps, FEATURES)), *stack])


def encoder_decoder() -> keras.Model:
    inputs = keras.Input((STEPS, FEATURES))
    _, *states = LSTM(4, return_state=True)(inputs)
    decoded, _, carry = LSTM(4, return_sequences=True, return_state=True)(inputs, initial_state=states)
    return keras.Model(inputs, layers.Concatenate()([layers.Flatten()(decoded), carry]))


COMPUTED: dict[str, Callable[[], keras.Model]] = {
    "last output": lambda: chain(LSTM(4)),
    "every output": lambda: chain(LSTM(4, return_sequences=True)),
    "two layers": lambda: chain(LSTM(4, return_sequences=True), LSTM(6)),
    "backwards": lambda: chain(LSTM(4, go_backwards=True, return_sequences=True)),
    "both ways": lambda: chain(
        layers.Bidirectional(LSTM(4, return_sequences=True)), layers.Bidirectional(LSTM(2))
    ),
    "states": encoder_decoder,
    "no bias": lambda: chain(LSTM(4, use_bias=False)),
    "dropout": lambda: chain(LSTM(4, dropout=0.4, return_sequences=True), LSTM(4, dropout=0.2)),
    "gate by gate": lambda: chain(LSTM(4, implementation=1)),
    "nested": lambda: chain(keras.Sequential([LSTM(4, return_sequences=True), LSTM(4)])),
    "one step": lambda: chain(LSTM(4, return_sequences=True), steps=1),
}

LEFT_TO_KERAS: dict[str, Callable[[], keras.Model]] = {
    "relu": lambda: chain(LSTM(4, activation="relu")),
    "hard sigmoid": lambda: chain(LSTM(4, recurrent_activation="hard_sigmoid")),
    "recurrent dropout": lambda: chain(LSTM(4, recurrent_dropout=0.2)),
    "masked": lambda: chain(layers.Masking(0.0), LSTM(4)),
    "unrolled": lambda: chain(LSTM(4, unroll=True)),
    "gru": lambda: chain(layers.GRU(4)),
    "a layer of the user's": lambda: chain(type("Own", (LSTM,), {})(4)),
}


@contextmanager
def as_keras(_: keras.Model) -> Iterator[None]:
    yield


def samples(steps: int = STEPS) -> Any:
    return np.random.default_rng(0).normal(size=(SAMPLES, steps, FEATURES)).astype("float32")


def computed(
    build: Callable[[], keras.Model], by: Any, *, steps: int = STEPS, spread: float = 0.5
) -> tuple[list[Any], set[str]]:
    """Output and gradients of inputs and weights in a traced training call, and the operations in it."""
    keras.utils.set_random_seed(3)
    model = build()
    for weights in model.trainable_weights:  # biases that are not zero too
        weights.assign(np.random.default_rng(1).normal(0, spread, weights.shape))

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def call(x: tf.Tensor) -> Any:
        with by(model), tf.GradientTape() as tape:
            tape.watch(x)
            output = model(x, training=True)
            loss = tf.reduce_sum(
                tf.sin(3 * output + tf.reshape(tf.range(tf.size(output), dtype=tf.float32), tf.shape(output)))
            )
        return output, *tape.gradient(loss, [x, *[weights.value for weights in model.trainable_weights]])

    x = tf.constant(samples(steps))
    graph = call.get_concrete_function(x).graph.as_graph_def()
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    return [value.numpy() for value in call(x)], {node.op for node in nodes}


@pytest.mark.parametrize("case", COMPUTED)
def test_outputs_and_gradients_are_those_of_keras(case: str) -> None:
    steps = 1 if case == "one step" else STEPS
    expected, _ = computed(COMPUTED[case], as_keras, steps=steps)
    values, operations = computed(COMPUTED[case], lstm_kernels, steps=steps)
    assert {"BlockLSTM", "LSTMBlockCellGrad"} <= operations
    assert "While" not in operations
    for value, other in zip(values, expected, strict=True):
        np.testing.assert_allclose(value, other, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("case", LEFT_TO_KERAS)
def test_what_has_no_kernel_is_left_to_keras(case: str) -> None:
    expected, _ = computed(LEFT_TO_KERAS[case], as_keras)
    values, operations = computed(LEFT_TO_KERAS[case], lstm_kernels)
    assert "BlockLSTM" not in operations
    for value, other in zip(values, expected, strict=True):
        np.testing.assert_array_equal(value, other)


def test_sequences_too_long_to_write_out_are_left_to_keras() -> None:
    steps = MOST_KERNEL_STEPS + 1
    assert "BlockLSTM" not in computed(lambda: chain(LSTM(2), steps=steps), lstm_kernels, steps=steps)[1]


def test_the_model_is_as_before_afterwards() -> None:
    model = chain(LSTM(4))
    with lstm_kernels(model):
        assert "inner_loop" in vars(model.layers[0])
    assert "inner_loop" not in vars(model.layers[0])
    assert keras.models.clone_model(model).get_config()["layers"][1] == model.get_config()["layers"][1]


@pytest.mark.parametrize("spread", [1e3, 1e38])
def test_weights_that_exploded_end_in_the_numbers_of_keras(spread: float) -> None:
    values, _ = computed(COMPUTED["two layers"], lstm_kernels, spread=spread)
    expected, _ = computed(COMPUTED["two layers"], as_keras, spread=spread)
    for value, other in zip(values, expected, strict=True):
        np.testing.assert_array_equal(np.isfinite(value), np.isfinite(other))
