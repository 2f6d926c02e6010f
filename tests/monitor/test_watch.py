"""What the monitor measures, against plain Keras and scikit-learn."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import r2_score

from remedy.monitor.model_facts import WatchedLayer, loss_name, model_facts
from remedy.monitor.watch import Watch
from remedy.monitor.weight_changes import WeightChanges
from tests.monitor.trainings import classes, dense, model_of, sums


@contextmanager
def watching(model: keras.Model) -> Iterator[Watch]:
    watch = Watch(model, on_bad_step=lambda: None)
    watch.begin()
    yield watch
    watch.end()


def test_gradients_are_those_that_keras_computes() -> None:
    X, y = sums(16)
    model = dense(optimizer=keras.optimizers.SGD(0.0))
    with watching(model) as watch:
        model.fit(np.tile(X, (12, 1, 1)), np.tile(y, (12, 1)), batch_size=16, shuffle=False, verbose=0)
    with tf.GradientTape() as tape:
        loss = keras.ops.mean(keras.ops.square(model(X) - y))
    gradients = tape.gradient(loss, [variable.value for variable in model.trainable_variables])
    norms = [float(tf.norm(gradient)) for gradient in gradients]
    expected = {"hidden": math.hypot(*norms[:2]), "out": math.hypot(*norms[2:])}
    assert {layer.name: layer.gradient for layer in watch.layers()} == pytest.approx(expected, rel=1e-5)
    assert watch.gradient_norm() == pytest.approx(math.hypot(*norms), rel=1e-5)
    assert watch.start_loss == pytest.approx(float(loss), rel=1e-5)


def test_a_number_that_is_not_finite_is_noticed_soon_also_late_in_a_long_epoch() -> None:
    X, y = (np.tile(array, (5, *[1] * (array.ndim - 1))) for array in sums(480))
    y[4 * 530] = np.nan  # in batch 531 of 600
    model, noticed = dense(optimizer=keras.optimizers.SGD(0.001)), list[int]()
    watch = Watch(model, on_bad_step=lambda: noticed.append(watch.steps))
    watch.begin()
    model.fit(X, y, batch_size=4, shuffle=False, verbose=0)
    watch.end()
    assert 531 <= noticed[0] <= 551
    assert watch.first_bad_step() == (531, True, ("hidden", "out"))


def test_skill_is_r2_also_far_from_zero() -> None:
    X, y = sums(96)
    y = y + 1000
    model = dense(optimizer=keras.optimizers.SGD(0.0))
    model.layers[-1].bias.assign([1000.3])
    with watching(model) as watch:
        model.fit(X, y, batch_size=16, verbose=0)
        fit = watch.take_fit()
    predictions = model.predict(X, verbose=0)
    assert fit is not None
    assert fit.skill == pytest.approx(r2_score(y, predictions), rel=1e-4)
    assert fit.spread == pytest.approx(predictions.std() / y.std(), rel=1e-3)


def test_skill_of_classes_is_that_of_their_probabilities() -> None:
    X, y = classes(96)
    model = dense(
        optimizer=keras.optimizers.SGD(0.0),
        units=3,
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    with watching(model) as watch:
        model.fit(X, y, batch_size=16, verbose=0)
        fit = watch.take_fit()
    probabilities = keras.ops.softmax(model.predict(X, verbose=0)).numpy()
    assert fit is not None
    assert fit.skill == pytest.approx(r2_score(np.eye(3)[y], probabilities), rel=1e-4)


@pytest.mark.parametrize("steps", [1, 5])
def test_update_ratios_are_powers_of_ten_of_the_weights_for_each_step(steps: int) -> None:
    kernel, bias = keras.Variable(np.full((3, 4), 2.0)), keras.Variable(np.zeros(4))
    frozen = keras.Variable(np.ones((2, 2)))
    changes = WeightChanges([WatchedLayer("dense", (kernel, bias)), WatchedLayer("still", (frozen,))])
    changes.before()
    kernel.assign(kernel * (1 + steps / 1000))
    changes.after(steps)
    assert changes.ratio("dense") == pytest.approx(-3, abs=1e-3)
    assert changes.ratio("still") == -math.inf


def test_losses_go_by_their_names() -> None:
    assert loss_name(keras.losses.BinaryCrossentropy(from_logits=True)) == ("binary_crossentropy", True)
    assert loss_name(keras.losses.MeanSquaredError()) == loss_name("mse") == ("mean_squared_error", False)
    assert loss_name(keras.losses.Huber()) == loss_name("huber") == ("huber", False)
    assert loss_name(lambda y, predictions: y - predictions) == (None, False)
    assert loss_name(["mse", "mae"]) == loss_name(None) == (None, False)


def test_facts_are_read_through_wrappers_and_nested_models() -> None:
    layers = keras.layers
    inner = keras.Sequential(
        [layers.LSTM(3, activation="relu", return_sequences=True, name="own")], name="inner"
    )
    model = model_of(
        inner,
        layers.Bidirectional(layers.GRU(2), name="both"),
        layers.Dense(1, name="last"),
        layers.Softmax(name="end"),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True),
    )
    facts = model_facts(model)
    assert facts.recurrent == ("inner/own", "both")
    assert facts.unbounded == (("inner/own", "relu"),)
    assert (facts.output, facts.output_activation, facts.output_units) == ("end", "softmax", 1)
    assert (facts.optimizer, facts.loss, facts.from_logits) == ("Adam", "categorical_crossentropy", True)
