"""Models as users bring them, which scripts have to import from a copy of this file; plain Keras."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


def asymmetric(y_true: Any, y_pred: Any) -> Any:
    """A loss of one's own."""
    error = keras.ops.cast(y_true, y_pred.dtype) - y_pred
    return keras.ops.mean(keras.ops.maximum(0.7 * error, -0.3 * error), axis=-1)


@keras.saving.register_keras_serializable("tests")
class Scale(layers.Layer):  # type: ignore[misc]
    """Multiplies every feature by a weight of its own."""

    def __init__(self, start: float, **settings: Any) -> None:
        super().__init__(**settings)
        self.start = start

    def build(self, shape: Any) -> None:
        self.weight = self.add_weight(shape=(shape[-1],), initializer=keras.initializers.Constant(self.start))

    def call(self, inputs: Any) -> Any:
        return inputs * self.weight

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "start": self.start}


def own_layer() -> Any:
    inputs = keras.Input((6, 2))
    return keras.Model(inputs, layers.Dense(1)(layers.LSTM(4)(Scale(0.5)(inputs))))


def graph_of_parts() -> Any:
    part = keras.Sequential([keras.Input((6, 2)), layers.Conv1D(3, 2, activation="relu"), layers.Flatten()])
    inputs = keras.Input((6, 2))
    return keras.Model(inputs, layers.Dense(1)(part(inputs)))


def draws_its_seed() -> Any:
    keras.utils.set_random_seed(77)
    return keras.Sequential([keras.Input((6, 2)), layers.Lambda(lambda x: x[:, -1]), layers.Dense(1)])
