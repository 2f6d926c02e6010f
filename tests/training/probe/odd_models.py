"""Models that are hard to measure, in plain Keras; nothing of the package under test is imported here."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from keras import layers


class OwnStep(keras.Model):  # type: ignore[misc]
    """Trains itself, on a loss of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = layers.Dense(4, "relu")
        self.out = layers.Dense(1)

    def call(self, inputs: Any) -> Any:
        return self.out(self.hidden(inputs))

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.abs(y - self(x, training=True)))
        weights = self.trainable_weights
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return {"loss": loss}


def own_step() -> keras.Model:
    """A model with a training step of its own."""
    return OwnStep()


class Silent(OwnStep):
    """Says nothing of its loss."""

    def train_step(self, data: Any) -> dict[str, Any]:
        super().train_step(data)
        return {}


def silent() -> keras.Model:
    """A model that reports no loss."""
    return Silent()


class Failing(OwnStep):
    """Cannot be trained."""

    def train_step(self, data: Any) -> dict[str, Any]:
        raise ValueError("not today")


def failing() -> keras.Model:
    """A model whose training step fails."""
    return Failing()


def frozen() -> keras.Model:
    """Nothing of it can be trained."""
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4, "relu"), layers.Dense(1)])
    model.trainable = False
    return model


def half_frozen() -> keras.Model:
    """The first layer keeps its weights."""
    first = layers.Dense(4, "relu", trainable=False)
    return keras.Sequential([keras.Input((3,)), first, layers.Dense(1)])


def nested() -> keras.Model:
    """A model within a model, with normalization, dropout and an activation of its own."""
    inner = keras.Sequential(
        [keras.Input((3,)), layers.Dense(4, name="dense"), layers.BatchNormalization(), layers.ReLU()],
        name="inner",
    )
    return keras.Sequential([keras.Input((3,)), inner, layers.Dropout(0.5), layers.Dense(1)])


def tokens() -> keras.Model:
    """Reads codes."""
    inputs = keras.Input((6,), dtype="int32")
    hidden = layers.Bidirectional(layers.GRU(4))(layers.Embedding(10, 3)(inputs))
    return keras.Model(inputs, layers.Dense(1)(hidden))


def convolution() -> keras.Model:
    """Looks at pieces of a series."""
    return keras.Sequential(
        [keras.Input((6, 2)), layers.Conv1D(5, 3, activation="relu"), layers.Flatten(), layers.Dense(1)]
    )


def constant() -> keras.Model:
    """Its output has nothing to do with its weights."""
    inputs = keras.Input((3,))
    outputs = layers.Dense(1)(inputs)
    return keras.Model(inputs, layers.Lambda(keras.ops.stop_gradient, output_shape=(1,))(outputs))


def mixed() -> keras.Model:
    """Computes in float16."""
    inputs = keras.Input((6, 2))
    hidden = layers.LSTM(8, dtype="mixed_float16")(inputs)
    model = keras.Model(inputs, layers.Dense(1, dtype="mixed_float16")(hidden))
    model.dtype_policy = "mixed_float16"
    return model
