"""Models as users write them, one function each: what `model.build` names, and what the tests take apart.

All are compiled. Inputs are rows of 6 numbers, sequences of 8 steps of 2 numbers, sequences of 8 tokens below
20, images of 8 x 8 x 1, or several of these; all answer with one number unless the docstring says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers, ops

ROWS, SEQUENCES, TOKENS, IMAGES = (6,), (8, 2), (8,), (8, 8, 1)

ARCHITECTURES: dict[str, Callable[[], Any]] = {}


def architecture(build: Callable[[], Any]) -> Callable[[], Any]:
    ARCHITECTURES[build.__name__] = build
    return build


def compiled(model: Any, optimizer: Any = "adam", loss: Any = "mse") -> Any:
    model.compile(optimizer=optimizer, loss=loss)
    return model


def chain(shape: tuple[int, ...], *hidden: Any, dtype: str = "float32") -> Any:
    return compiled(keras.Sequential([keras.Input(shape, dtype=dtype), *hidden]))


@architecture
def stacked_lstm() -> Any:
    return chain(
        SEQUENCES, layers.LSTM(4, return_sequences=True), layers.Dropout(0.1), layers.LSTM(3), layers.Dense(1)
    )


@architecture
def deep_dense() -> Any:
    uniform = keras.initializers.RandomUniform(-5, 5)
    return chain(
        ROWS,
        *[layers.Dense(5, activation="sigmoid", kernel_initializer=uniform) for _ in range(4)],
        layers.Dense(1),
    )


@architecture
def dense_with_separate_activations() -> Any:
    return chain(
        ROWS, layers.Dense(5), layers.ReLU(), layers.Dense(4), layers.Activation("tanh"), layers.Dense(1)
    )


@architecture
def masked_bidirectional() -> Any:
    return chain(
        SEQUENCES,
        layers.Masking(-1.0),
        layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
        layers.Bidirectional(layers.GRU(3), merge_mode="sum"),
        layers.Dense(1),
    )


@architecture
def time_distributed() -> Any:
    return chain(
        SEQUENCES,
        layers.TimeDistributed(layers.Dense(4, activation="relu")),
        layers.GRU(3),
        layers.Dense(1),
    )


@architecture
def token_sequences() -> Any:
    return chain(
        TOKENS, layers.Embedding(20, 4, mask_zero=True), layers.LSTM(3), layers.Dense(1), dtype="int32"
    )


@architecture
def functional_tokens_with_masks() -> Any:
    tokens = keras.Input(TOKENS, dtype="int32")
    x = layers.Embedding(20, 4, mask_zero=True)(tokens)
    x = layers.LSTM(4, return_sequences=True)(x)
    x = layers.Dropout(0.1)(x)
    x = layers.LSTM(3)(x)
    return compiled(keras.Model(tokens, layers.Dense(1)(x)))


@architecture
def frozen_embedding() -> Any:
    tokens = keras.Input(TOKENS, dtype="int32")
    x = layers.Embedding(20, 4, trainable=False)(tokens)
    return compiled(keras.Model(tokens, layers.Dense(1)(layers.LSTM(3)(x))))


@architecture
def convolutions_before_lstm() -> Any:
    return chain(
        SEQUENCES,
        layers.Conv1D(4, 3, padding="causal", activation="relu"),
        layers.Conv1D(4, 3, padding="same", activation="relu"),
        layers.MaxPooling1D(2),
        layers.LSTM(3),
        layers.Dense(1),
    )


@architecture
def images() -> Any:
    return chain(
        IMAGES,
        layers.Rescaling(1 / 255),
        layers.Conv2D(4, 3, activation="relu"),
        layers.SeparableConv2D(4, 3),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.GlobalAveragePooling2D(),
        layers.Dense(1),
    )


@architecture
def strided_convolutions_and_flatten() -> Any:
    return chain(
        SEQUENCES,
        layers.Conv1D(4, 3, strides=2, activation="relu"),
        layers.Conv1D(3, 2, activation="relu"),
        layers.Flatten(),
        layers.Dense(1),
    )


@architecture
def already_normalised() -> Any:
    return chain(
        ROWS,
        layers.Dense(5, use_bias=False),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.Dense(4, activation="relu"),
        layers.LayerNormalization(),
        layers.Dense(1),
    )


@architecture
def adapted_normalization() -> Any:
    normalization = layers.Normalization()
    normalization.adapt(np.random.default_rng(0).normal(5, 3, (50, 6)))
    return chain(ROWS, normalization, layers.Dense(4, activation="relu"), layers.Dense(1))


@architecture
def two_inputs() -> Any:
    series = keras.Input(SEQUENCES, name="series")
    facts = keras.Input(ROWS, name="facts")
    x = layers.LSTM(4)(series)
    y = layers.Dense(4, activation="relu")(facts)
    joined = layers.Concatenate()([x, y, ops.mean(series, axis=1)])
    return compiled(keras.Model({"series": series, "facts": facts}, layers.Dense(1)(joined)))


@architecture
def inputs_in_a_list() -> Any:
    left, right = keras.Input(ROWS), keras.Input(ROWS)
    joined = layers.Subtract()([layers.Dense(4)(left), layers.Dense(4)(right)])
    return compiled(keras.Model([left, right], layers.Dense(1)(joined)))


@architecture
def skip_connection() -> Any:
    inputs = keras.Input(ROWS)
    x = layers.Dense(6, activation="relu")(inputs)
    h = layers.Dense(6, activation="relu")(x)
    h = layers.Dense(6)(h)
    return compiled(keras.Model(inputs, layers.Dense(1)(layers.ReLU()(x + h))))


@architecture
def pretrained_part() -> Any:
    body = keras.Sequential([keras.Input(ROWS), layers.Dense(5, activation="relu"), layers.Dense(4)])
    body.trainable = False
    inputs = keras.Input(ROWS)
    return compiled(keras.Model(inputs, layers.Dense(1)(body(inputs, training=False))))


@architecture
def overlapping_pooling() -> Any:
    return chain(
        IMAGES,
        layers.Conv2D(3, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(3, strides=2, padding="same"),
        layers.Flatten(),
        layers.Dense(1),
    )


@architecture
def shared_layer() -> Any:
    left, right = keras.Input(ROWS), keras.Input(ROWS)
    shared = layers.Dense(4, activation="tanh")
    return compiled(
        keras.Model([left, right], layers.Dense(1)(layers.Concatenate()([shared(left), shared(right)])))
    )


@architecture
def nested_models() -> Any:
    encoder = keras.Sequential([keras.Input(ROWS), layers.Dense(5, activation="relu"), layers.Dense(4)])
    bottleneck = keras.Input((4,))
    decoder = keras.Model(bottleneck, layers.Dense(3, activation="tanh")(bottleneck))
    inputs = keras.Input(ROWS)
    return compiled(keras.Model(inputs, layers.Dense(1)(decoder(encoder(inputs)))))


@architecture
def nested_output() -> Any:
    head = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="relu"), layers.Dense(1)])
    return chain(ROWS, layers.Dense(4, activation="relu"), head)


@architecture
def encoder_and_decoder() -> Any:
    """Answers with one number for every step."""
    inputs = keras.Input(SEQUENCES)
    x, h, c = layers.LSTM(4, return_state=True)(inputs)
    x = layers.RepeatVector(SEQUENCES[0])(x)
    x = layers.LSTM(4, return_sequences=True)(x, initial_state=[h, c])
    return compiled(keras.Model(inputs, layers.TimeDistributed(layers.Dense(1))(x)))


@architecture
def every_step() -> Any:
    """Answers with one number for every step."""
    return chain(
        SEQUENCES, layers.GRU(4, return_sequences=True), layers.GRU(3, return_sequences=True), layers.Dense(1)
    )


@architecture
def attention() -> Any:
    inputs = keras.Input(SEQUENCES)
    x = layers.Dense(4)(inputs)
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 4)(x, x))
    x = layers.GlobalAveragePooling1D()(x)
    return compiled(keras.Model(inputs, layers.Dense(1)(x)))


@architecture
def stacked_cells() -> Any:
    return chain(SEQUENCES, layers.RNN([layers.LSTMCell(4), layers.GRUCell(3)]), layers.Dense(1))


@architecture
def relu_inside_lstm() -> Any:
    return chain(
        SEQUENCES,
        layers.LSTM(4, activation="relu", recurrent_activation="relu", return_sequences=True),
        layers.SimpleRNN(3, activation="relu"),
        layers.Dense(1),
    )


@architecture
def stateful() -> Any:
    return compiled(
        keras.Sequential(
            [keras.Input(batch_shape=(4, *SEQUENCES)), layers.LSTM(3, stateful=True), layers.Dense(1)]
        )
    )


@architecture
def input_left_to_the_data() -> Any:
    return compiled(keras.Sequential([layers.LSTM(3), layers.Dense(1)]))


@architecture
def regularised() -> Any:
    return chain(
        SEQUENCES,
        layers.LSTM(3, kernel_regularizer="l2", recurrent_constraint=keras.constraints.MaxNorm(2.0)),
        layers.Dense(1, bias_initializer=keras.initializers.Constant(0.2), activity_regularizer="l1"),
    )


@architecture
def mixed_precision() -> Any:
    keras.mixed_precision.set_global_policy("mixed_float16")
    return chain(SEQUENCES, layers.LSTM(4), layers.Dense(1, dtype="float32"))


@keras.saving.register_keras_serializable("own")
class Scale(layers.Layer):
    """Scales its input by a constant and by a weight for each feature."""

    def __init__(self, factor: float, **settings: Any) -> None:
        super().__init__(**settings)
        self.factor = factor

    def build(self, shape: Any) -> None:
        self.weight = self.add_weight(shape=(shape[-1],), initializer="ones")

    def call(self, inputs: Any) -> Any:
        return inputs * self.weight * self.factor

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}


@architecture
def layer_of_ones_own() -> Any:
    return chain(SEQUENCES, Scale(0.5), layers.LSTM(3), layers.Dense(1))


@architecture
def lambda_layer() -> Any:
    return chain(ROWS, layers.Lambda(lambda x: x * 2), layers.Dense(4, activation="relu"), layers.Dense(1))


class Subclassed(keras.Model):
    """A model that Keras cannot take apart."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = layers.Dense(4, activation="relu")
        self.out = layers.Dense(1)

    def call(self, inputs: Any) -> Any:
        return self.out(self.hidden(inputs))


@architecture
def subclassed() -> Any:
    return compiled(Subclassed())
