"""A trial is the training that its plan describes, to the last digits of the loss curve."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from remedy.data import Dataset
from remedy.fixes import apply_recipe
from remedy.plan import KerasObject, Layer, Model, Plan, Preprocessing, Recipe
from remedy.training.trial import train
from tests.training import handwritten
from tests.training.samples import (
    class_indices,
    make_samples,
    own_plan,
    rows_of_numbers,
    series_of_numbers,
)

EPOCHS = 6


def make_plan(dataset: Dataset, layers: list[Layer], optimizer: KerasObject, loss: str = "mse") -> Plan:
    return Plan(
        task="regression",
        metric="mse",
        model=Model(
            input_shape=dataset.input_shape,
            layers=(*layers, Layer(name="output", class_name="Dense", config={"units": 1})),
        ),
        optimizer=optimizer,
        loss=loss,
        epochs=EPOCHS,
        batch_size=16,
    )


def layer(class_name: str, **config: Any) -> Layer:
    return Layer(
        name=f"{class_name.lower()}_{len(config)}_{config.get('units', 0)}",
        class_name=class_name,
        config=config,
    )


def adam(rate: float = 0.001) -> KerasObject:
    return KerasObject(class_name="Adam", config={"learning_rate": rate})


CASES: dict[str, tuple[Callable[..., handwritten.History], list[Layer], KerasObject, str, Recipe]] = {
    "plain LSTM": (handwritten.plain_lstm, [layer("LSTM", units=8)], adam(0.01), "mse", {}),
    "MinMax and batch normalisation, two layers": (
        handwritten.minmax_and_batch_normalization,
        [layer("LSTM", units=8, return_sequences=True), layer("LSTM", units=6)],
        adam(),
        "mse",
        {"scaling": "minmax", "target_scaling": "minmax", "batch_normalization": True},
    ),
    "glorot, orthogonal and ReduceLROnPlateau": (
        handwritten.xavier_orthogonal_and_plateau,
        [layer("GRU", units=8, kernel_initializer="zeros", recurrent_initializer="zeros")],
        adam(0.05),
        "mse",
        {
            "kernel_initializer": "glorot_uniform",
            "recurrent_initializer": "orthogonal",
            "reduce_lr_on_plateau": {"factor": 0.1, "patience": 1, "min_lr": 1e-5},
        },
    ),
    "clipnorm, with dropout and another loss": (
        handwritten.clipnorm,
        [layer("SimpleRNN", units=8, activation="relu"), layer("Dropout", rate=0.2)],
        KerasObject(class_name="SGD", config={"learning_rate": 0.05}),
        "mae",
        {"clipnorm": 0.1},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_trial_has_the_loss_curve_of_the_same_training_written_by_hand(name: str, waves: Dataset) -> None:
    by_hand, layers, optimizer, loss, recipe = CASES[name]
    plan = apply_recipe(make_plan(waves, layers, optimizer, loss), recipe)

    curve = train(plan, waves, seed=3).outcome.curve
    expected = by_hand(
        (waves.train.X, waves.train.y), (waves.validation.X, waves.validation.y), seed=3, epochs=EPOCHS
    )

    # The kernels of an LSTM round otherwise than its loop.
    np.testing.assert_allclose([record.loss for record in curve], expected["loss"], rtol=1e-4)
    np.testing.assert_allclose([record.val_loss for record in curve], expected["val_loss"], rtol=1e-4)
    assert len({record.loss for record in curve}) == EPOCHS
    if "learning_rate" in expected:
        rates = [record.learning_rate for record in curve]
        np.testing.assert_allclose(rates, expected["learning_rate"], rtol=1e-6)


def binary() -> Dataset:
    return make_samples(
        "binary", rows_of_numbers(), class_indices(shares=(0.7, 0.3)).astype(float), classes=2
    )


def one_target(X: np.ndarray) -> Dataset:
    return make_samples("regression", X, X.reshape(200, -1).sum(axis=1, keepdims=True))


OWN_MODELS: dict[
    str, tuple[Callable[..., handwritten.History], Callable[[], Dataset], str, dict[str, Any]]
] = {
    "two inputs and class weights": (
        handwritten.two_inputs_with_class_weights,
        lambda: make_samples(
            "multiclass",
            {"series": series_of_numbers(), "facts": rows_of_numbers()},
            class_indices(),
            classes=3,
        ),
        "two_inputs",
        {"loss": "sparse_categorical_crossentropy", "class_weight": "balanced"},
    ),
    "a target for every step": (
        handwritten.target_for_every_step,
        lambda: make_samples("regression", series_of_numbers(), 20 * series_of_numbers().cumsum(axis=1)),
        "every_step",
        {"preprocessing": Preprocessing(target_scaling="minmax")},
    ),
    "logits": (
        handwritten.logits,
        binary,
        "one_logit",
        {"loss": {"class_name": "BinaryCrossentropy", "config": {"from_logits": True}}},
    ),
    "stateful": (handwritten.stateful, lambda: one_target(series_of_numbers()), "stateful", {}),
    "mixed precision": (
        handwritten.mixed_precision,
        lambda: one_target(series_of_numbers()),
        "mixed_precision",
        {},
    ),
    "subclass": (handwritten.subclassed, lambda: one_target(rows_of_numbers()), "subclassed", {}),
}


@pytest.mark.parametrize("name", OWN_MODELS)
def test_a_users_own_model_has_the_loss_curve_of_their_own_script(name: str) -> None:
    by_hand, make, function, changes = OWN_MODELS[name]
    dataset = make()
    curve = train(own_plan(function, dataset, **changes), dataset, seed=3).outcome.curve
    train_split, validation = dataset.train, dataset.validation
    expected = by_hand((train_split.X, train_split.y), (validation.X, validation.y), seed=3, epochs=3)
    # The kernels of an LSTM round otherwise than its loop.
    np.testing.assert_allclose([record.loss for record in curve], expected["loss"], rtol=1e-4)
    np.testing.assert_allclose([record.val_loss for record in curve], expected["val_loss"], rtol=1e-4)
    assert np.isfinite([record.gradient_norm for record in curve]).all()
    assert [record.learning_rate for record in curve] == pytest.approx([0.01] * 3)


def test_the_plateau_schedule_of_the_twin_really_acts(waves: Dataset) -> None:
    _, layers, optimizer, loss, recipe = CASES["glorot, orthogonal and ReduceLROnPlateau"]
    plan = apply_recipe(make_plan(waves, layers, optimizer, loss), recipe).replace(epochs=12)
    rates = [record.learning_rate for record in train(plan, waves, seed=3).outcome.curve]
    assert rates[-1] < rates[0]


def test_the_same_seed_gives_the_same_curve_whatever_was_trained_before(waves: Dataset) -> None:
    _, layers, optimizer, loss, recipe = CASES["clipnorm, with dropout and another loss"]
    plan = apply_recipe(make_plan(waves, layers, optimizer, loss), recipe)
    first = train(plan, waves, seed=1).outcome
    other = train(plan, waves, seed=2).outcome
    again = train(plan, waves, seed=1).outcome
    assert first.curve == again.curve
    assert first.curve != other.curve
