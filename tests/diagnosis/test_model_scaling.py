"""Models as users write them: which of them see to the scale of their inputs and outputs themselves."""

from __future__ import annotations

from collections.abc import Callable

import keras
import pytest
from keras import layers

from remedy.diagnosis.model_scaling import scales_input, scales_output, takes_any_target
from remedy.models.describe import describe_model
from remedy.plan import KerasObject, Plan, UserModel


def plan(model: keras.Model, loss: str = "mse") -> Plan:
    return Plan(
        task="regression",
        metric="mse",
        model=describe_model(model, UserModel(file="/nowhere/model.py", function="build")),
        optimizer=KerasObject(class_name="Adam"),
        loss=loss,
        epochs=1,
        batch_size=32,
    )


def rescaled_images() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(2, 3),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )


def divided() -> keras.Model:
    inputs = keras.Input((4,))
    return keras.Model(inputs, layers.Dense(1)(inputs / 255.0))


def sliced_and_normalised() -> keras.Model:
    inputs = keras.Input((4,))
    parts = [layers.BatchNormalization()(part) for part in (inputs[:, :2], inputs[:, 2:])]
    return keras.Model(inputs, layers.Dense(1)(layers.Concatenate()(parts)))


def normalised_inside() -> keras.Model:
    inner = keras.Sequential([keras.Input((4,)), layers.Normalization(mean=1.0, variance=4.0)])
    inputs = keras.Input((4,))
    return keras.Model(inputs, layers.Dense(1)(inner(inputs)))


def normalised_late() -> keras.Model:
    return keras.Sequential(
        [keras.Input((4,)), layers.Dense(4), layers.BatchNormalization(), layers.Dense(1)]
    )


def skipping_the_normalisation() -> keras.Model:
    inputs = keras.Input((4,))
    both = layers.Concatenate()([inputs, layers.LayerNormalization()(inputs)])
    return keras.Model(inputs, layers.Dense(1)(both))


def masked_sequences() -> keras.Model:
    return keras.Sequential([keras.Input((5, 2)), layers.Masking(), layers.LSTM(2), layers.Dense(1)])


@pytest.mark.parametrize(
    "build", [rescaled_images, divided, sliced_and_normalised, normalised_inside], ids=lambda b: b.__name__
)
def test_a_model_that_scales_its_input_first_is_seen(build: Callable[[], keras.Model]) -> None:
    assert scales_input(plan(build()), "X", None)


@pytest.mark.parametrize(
    "build", [normalised_late, skipping_the_normalisation, masked_sequences], ids=lambda b: b.__name__
)
def test_an_input_that_reaches_a_kernel_as_it_is_counts_as_unscaled(build: Callable[[], keras.Model]) -> None:
    assert not scales_input(plan(build()), "X", None)


def test_of_several_inputs_each_has_a_way_of_its_own() -> None:
    image, size = keras.Input((4,), name="image"), keras.Input((2,), name="size")
    both = layers.Concatenate()([layers.Rescaling(1 / 255)(image), size])
    described = plan(keras.Model([image, size], layers.Dense(1)(both)))
    assert scales_input(described, "image", None)
    assert not scales_input(described, "size", None)


@pytest.mark.parametrize("activation", ["linear", "relu", "sigmoid", "tanh"])
@pytest.mark.parametrize("loss", ["mse", "MeanAbsoluteError", "poisson"])
def test_only_linear_outputs_with_a_loss_of_differences_take_targets_of_either_sign(
    activation: str, loss: str
) -> None:
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, activation=activation)])
    compiled = keras.losses.serialize(keras.losses.get(loss)) if loss != "mse" else loss
    expected = activation == "linear" and loss != "poisson"
    assert takes_any_target(plan(model).replace(loss=compiled)) == expected


def test_a_recurrent_output_is_bounded_and_a_rescaled_one_is_no_longer_small() -> None:
    recurrent = keras.Sequential([keras.Input((5, 2)), layers.LSTM(1)])
    assert not takes_any_target(plan(recurrent))
    rescaled = keras.Sequential([keras.Input((4,)), layers.Dense(1), layers.Rescaling(300.0)])
    assert scales_output(plan(rescaled))
    assert not scales_output(plan(rescaled_images()))
