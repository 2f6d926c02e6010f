"""XLA compiles what gains by it: long trainings of recurrent layers that it can surely compile."""

from __future__ import annotations

from typing import Any

import pytest

from remedy.models.jit_compilation import LEAST_TIME_STEPS, MOST_KERNEL_STEPS, has_kernel, jit_compile
from remedy.plan import DataFacts, KerasObject, Layer, Model, Plan

LENGTH = 20
EPOCHS = LEAST_TIME_STEPS // LENGTH


def wish(
    *layers: Layer, length: int | None = LENGTH, model: dict[str, Any] | None = None, **plan: Any
) -> Any:
    settings = {
        "epochs": EPOCHS,
        "batch_size": 20,
        "task": "regression",
        "metric": "mse",
        "loss": "mse",
    } | plan
    facts = DataFacts(samples=20, input_shapes={"X": (length, 3)})
    described = Model(layers=layers, **model or {})
    optimizer = KerasObject(class_name="Adam")
    return jit_compile(Plan(model=described, optimizer=optimizer, **({"data": facts} | settings)))


def recurrent(class_name: str, **config: Any) -> Layer:
    return Layer(name="recurrent", class_name=class_name, config={"units": 4} | config)


GRU, LSTM = recurrent("GRU"), recurrent("LSTM")


@pytest.mark.parametrize(
    "layers",
    [
        (GRU,),
        (recurrent("SimpleRNN"),),
        (LSTM, GRU),
        (recurrent("LSTM", activation="relu"),),
        (Layer(name="masking", class_name="Masking"), LSTM),
        (
            Layer(
                name="both",
                class_name="Bidirectional",
                config={"layer": {"class_name": "GRU", "config": {"units": 4}, "module": "keras.layers"}},
            ),
        ),
        (Layer(name="part", class_name="Sequential", inner=Model(layers=(GRU,))),),
    ],
    ids=["gru", "rnn", "mixed", "relu", "masked", "bidirectional", "nested"],
)
def test_recurrent_layers_are_compiled_if_the_training_is_long(layers: tuple[Layer, ...]) -> None:
    assert wish(*layers)
    assert wish(Layer(name="first", class_name="Dense", config={"units": 4}), *layers)
    assert wish(*layers, epochs=EPOCHS - 1) is None


def test_an_lstm_that_has_kernels_needs_no_compiling() -> None:
    assert wish(LSTM) is None
    assert wish(recurrent("LSTM", dropout=0.2, use_bias=False, go_backwards=True)) is None
    for argument in (
        {"recurrent_dropout": 0.1},
        {"unroll": True},
        {"activation": "relu"},
        {"stateful": True},
    ):
        assert not has_kernel(argument)


def test_an_lstm_whose_sequences_are_too_long_for_its_kernels_is_compiled() -> None:
    assert wish(LSTM, length=MOST_KERNEL_STEPS) is None
    assert wish(LSTM, length=MOST_KERNEL_STEPS + 1)


def test_what_gains_little_or_may_not_compile_is_left_to_keras() -> None:
    assert wish(Layer(name="dense", class_name="Dense", config={"units": 4})) is None
    assert wish(GRU, length=None) is None
    assert wish(GRU, model={"dtype": "mixed_float16"}) is None
    assert wish(model={"opaque": "a subclass"}) is None
    assert wish(recurrent("GRU", stateful=True)) is None
    assert wish(GRU, run_eagerly=True) is None
    own = Layer(name="own", class_name="Own", module="mine", registered_name="mine>Own")
    assert wish(own, GRU) is None


def test_the_wish_of_an_experiment_counts_most() -> None:
    assert wish(GRU, jit_compile=False) is False
    assert wish(LSTM, jit_compile=True) is True


def test_tables_have_no_time_steps() -> None:
    facts = DataFacts(samples=10**6, input_shapes={"X": (5,)})
    assert wish(GRU, data=facts, batch_size=1) is None
