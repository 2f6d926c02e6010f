"""XLA compiles what gains by it: long trainings of recurrent layers that it can surely compile."""

from __future__ import annotations

from typing import Any

import pytest

from remedy.models.jit_compilation import LEAST_TIME_STEPS, jit_compile_pays
from remedy.plan import DataFacts, Layer, Model

LENGTH = 20
EPOCHS = LEAST_TIME_STEPS // LENGTH


def pays(*layers: Layer, length: int | None = LENGTH, epochs: int = EPOCHS, **model: Any) -> bool:
    data = DataFacts(input_shapes={"X": (length, 3)})
    return jit_compile_pays(Model(layers=layers, **model), data, samples=20, batch_size=20, epochs=epochs)


LSTM = Layer(name="lstm", class_name="LSTM", config={"units": 4})


@pytest.mark.parametrize(
    "layer",
    [
        LSTM,
        Layer(name="gru", class_name="GRU", config={"units": 4}),
        Layer(
            name="both",
            class_name="Bidirectional",
            config={"layer": {"class_name": "LSTM", "config": {"units": 4}, "module": "keras.layers"}},
        ),
        Layer(name="part", class_name="Sequential", inner=Model(layers=(LSTM,))),
    ],
    ids=lambda layer: layer.name,
)
def test_recurrent_layers_are_compiled_if_the_training_is_long(layer: Layer) -> None:
    assert pays(layer)
    assert pays(Layer(name="first", class_name="Dense", config={"units": 4}), layer)
    assert not pays(layer, epochs=EPOCHS - 1)


def test_what_gains_little_or_may_not_compile_is_left_to_keras() -> None:
    assert not pays(Layer(name="dense", class_name="Dense", config={"units": 4}))
    assert not pays(LSTM, length=None)
    assert not pays(LSTM, dtype="mixed_float16")
    assert not pays(opaque="a subclass")
    assert not pays(LSTM.model_copy(update={"config": {"units": 4, "stateful": True}}))
    own = Layer(name="own", class_name="Own", module="mine", registered_name="mine>Own")
    assert not pays(own, LSTM)


def test_tables_have_no_time_steps() -> None:
    data = DataFacts(input_shapes={"X": (5,)})
    assert not jit_compile_pays(Model(layers=(LSTM,)), data, samples=10**6, batch_size=1, epochs=100)
