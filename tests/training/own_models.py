"""Models as users bring them, in plain Keras; nothing of the package under test is imported here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import layers


def two_inputs() -> keras.Model:
    """Classes from a series and some facts about it."""
    series = keras.Input((6, 2), name="series")
    facts = keras.Input((3,), name="facts")
    joined = layers.Concatenate()([layers.LSTM(5)(series), layers.Dense(4, "relu")(facts)])
    return keras.Model([series, facts], layers.Dense(3, "softmax")(joined))


def every_step() -> keras.Model:
    """Two targets for every step."""
    return keras.Sequential([keras.Input((6, 2)), layers.GRU(5, return_sequences=True), layers.Dense(2)])


def classes_of_every_step() -> keras.Model:
    """One of three classes for every step."""
    return keras.Sequential(
        [keras.Input((6, 2)), layers.GRU(5, return_sequences=True), layers.Dense(3, "softmax")]
    )


def one_logit() -> keras.Model:
    """Yes or no, without a sigmoid."""
    return keras.Sequential([keras.Input((3,)), layers.Dense(4, "tanh"), layers.Dense(1)])


def three_logits() -> keras.Model:
    """One of three classes, without a softmax."""
    return keras.Sequential([keras.Input((3,)), layers.Dense(4, "tanh"), layers.Dense(3)])


def stateful() -> keras.Model:
    """Carries its state from batch to batch of 16."""
    return keras.Sequential(
        [keras.Input(batch_shape=(16, 6, 2)), layers.LSTM(4, stateful=True), layers.Dense(1)]
    )


def mixed_precision() -> keras.Model:
    """Computes in float16."""
    inputs = keras.Input((6, 2))
    hidden = layers.LSTM(8, dtype="mixed_float16")(inputs)
    model = keras.Model(inputs, layers.Dense(1, dtype="mixed_float16")(hidden))
    model.dtype_policy = "mixed_float16"
    return model


class Subclassed(keras.Model):  # type: ignore[misc]
    """Keras cannot write this one: it takes a function and has no `get_config`."""

    def __init__(self, last: Callable[[Any], Any]) -> None:
        super().__init__()
        self.hidden = layers.Dense(4, "tanh")
        self.out = layers.Dense(1)
        self.last = last

    def call(self, inputs: Any) -> Any:
        return self.last(self.out(self.hidden(inputs)))


class Plain(Subclassed):
    """This one Keras can write."""

    def __init__(self) -> None:
        super().__init__(layers.Identity())


def subclassed() -> keras.Model:
    """A subclass that creates its weights when it sees data."""
    return Subclassed(lambda outputs: outputs * 1)


def plain_subclass() -> keras.Model:
    """A subclass that takes no arguments."""
    return Plain()


def two_outputs() -> keras.Model:
    """More outputs than can be trained here."""
    inputs = keras.Input((3,))
    return keras.Model(inputs, [layers.Dense(1)(inputs), layers.Dense(1)(inputs)])


def masked() -> keras.Model:
    """Skips steps that hold -1."""
    return keras.Sequential([keras.Input((6, 2)), layers.Masking(-1.0), layers.SimpleRNN(4), layers.Dense(1)])


def masked_steps() -> keras.Model:
    """Skips steps that hold -1, and has two targets for every step."""
    return keras.Sequential(
        [
            keras.Input((6, 2)),
            layers.Masking(-1.0),
            layers.SimpleRNN(4, return_sequences=True),
            layers.Dense(2),
        ]
    )


def any_length() -> keras.Model:
    """Says only of data how many steps come out: two less than go in."""
    return keras.Sequential([keras.Input((None, 2)), layers.Conv1D(2, 3)])


def relative_error(y_true: Any, y_pred: Any) -> Any:
    """A metric of the user's."""
    return keras.ops.mean(keras.ops.abs(y_true - y_pred) / keras.ops.abs(y_true), axis=-1)


def yes_or_no_of_logits(y_true: Any, y_pred: Any) -> Any:
    """A loss of the user's that takes logits."""
    return keras.losses.binary_crossentropy(y_true, y_pred, from_logits=True)


def surprise(y_true: Any, y_pred: Any) -> Any:
    """A loss of the user's that takes class indices."""
    chosen = keras.ops.take_along_axis(y_pred, keras.ops.cast(y_true, "int32"), axis=-1)
    return -keras.ops.log(chosen + 1e-7)[..., 0]


def three_classes() -> keras.Model:
    """One of three classes."""
    return keras.Sequential([keras.Input((3,)), layers.Dense(4, "tanh"), layers.Dense(3, "softmax")])


def fails(y_true: Any, y_pred: Any) -> Any:
    """A metric of the user's that cannot be computed."""
    raise ValueError("not today")


class Seeded(keras.Model):  # type: ignore[misc]
    """Sets the random seed when it is made."""

    def __init__(self) -> None:
        super().__init__()
        keras.utils.set_random_seed(7)
        self.out = layers.Dense(1)

    def call(self, inputs: Any) -> Any:
        return self.out(inputs)


def seeded() -> keras.Model:
    """A model that sets the random seed."""
    return Seeded()
