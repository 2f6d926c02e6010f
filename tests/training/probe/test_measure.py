"""What is measured of a training is what plain Keras and NumPy say of the same training."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import r2_score

from remedy.data import Dataset
from remedy.plan import KerasObject, Layer, Model, Plan, Preprocessing
from remedy.training.measurements import Measurements
from remedy.training.probe.measure import measure_rates, measure_training
from tests.training.samples import cut, make_samples, rows_of_numbers, series_of_numbers


def rows() -> Dataset:
    X = rows_of_numbers()
    return make_samples("regression", X, X @ [[2.0], [-1.0], [0.5]] + 1)


def series() -> Dataset:
    X = series_of_numbers()
    return make_samples("regression", X, X[:, -1, :1] * 2)


def plan_of(
    dataset: Dataset, *layers: Layer, optimizer: str = "SGD", rate: float = 0.05, **more: Any
) -> Plan:
    plan = Plan(
        task="regression",
        metric="mse",
        model=Model(input_shape=dataset.input_shape, layers=layers),
        optimizer=KerasObject(class_name=optimizer, config={"learning_rate": rate}),
        loss="mse",
        epochs=5,
        batch_size=90,  # the whole training split: the order of the batches is not what is tested
    )
    return plan.replace(**more)


OUTPUT = Layer(name="output", class_name="Dense", config={"units": 1})
LSTM = Layer(name="cells", class_name="LSTM", config={"units": 4})
HIDDEN = Layer(name="hidden", class_name="Dense", config={"units": 8, "activation": "tanh"})
DROPOUT = Layer(name="dropout", class_name="Dropout", config={"rate": 0.3})


def by_name(measured: Measurements) -> dict[str, Any]:
    return {layer.name: layer for layer in measured.layers}


def keras_twin(seed: int) -> keras.Model:
    keras.utils.set_random_seed(seed)
    return keras.Sequential([keras.Input((6, 2)), keras.layers.LSTM(4), keras.layers.Dense(1)])


@pytest.fixture(scope="module")
def measured_series() -> Measurements:
    return measure_training(plan_of(series(), LSTM, OUTPUT), series(), seed=3)


def test_gradients_are_those_of_plain_keras(measured_series: Measurements) -> None:
    model, train = keras_twin(3), series().train
    x = tf.constant(train.X, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_mean((model(x, training=True) - train.y.astype(np.float32)) ** 2)
    weights = model.trainable_weights
    *gradients, of_x = map(np.asarray, tape.gradient(loss, [*weights, x]))
    norms = [
        math.sqrt(sum((gradient**2).sum() for gradient in part)) for part in (gradients[:3], gradients[3:])
    ]
    layers = by_name(measured_series)
    assert [layers[name].gradient_start for name in ("cells", "output")] == pytest.approx(norms, rel=1e-4)
    assert measured_series.gradient_norm_start == pytest.approx(math.hypot(*norms), rel=1e-4)
    (through_time,) = measured_series.through_time
    by_step = np.linalg.norm(of_x, axis=-1).mean(axis=0)
    assert (through_time.input, through_time.steps) == ("X", 6)
    assert (through_time.first, through_time.last) == pytest.approx((by_step[0], by_step[-1]), rel=1e-4)


def test_what_is_measured_before_leaves_no_trace_in_the_training() -> None:
    normalization = Layer(name="normalization", class_name="BatchNormalization")
    plan = plan_of(series(), LSTM, normalization, DROPOUT, OUTPUT, optimizer="Adam", rate=0.01)
    measured = measure_training(plan, series(), seed=3)
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            keras.Input((6, 2)),
            keras.layers.LSTM(4),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(1),
        ]
    )
    model.compile("adam", "mse")
    model.optimizer.learning_rate = 0.01
    train = series().train
    fitted = model.fit(train.X, train.y, batch_size=90, epochs=5, shuffle=False, verbose=0)
    assert measured.losses == pytest.approx(fitted.history["loss"], rel=1e-4)
    assert (measured.steps, measured.epochs) == (5, 5)
    predicted = model.predict(train.X, verbose=0)
    assert measured.skill_end == pytest.approx(r2_score(train.y, predicted), abs=1e-4)
    assert measured.prediction_spread == pytest.approx(predicted.std() / train.y.std(), rel=1e-3)


def test_the_same_seed_gives_the_same_numbers(measured_series: Measurements) -> None:
    assert measure_training(plan_of(series(), LSTM, OUTPUT), series(), seed=3) == measured_series


def test_a_step_of_gradient_descent_is_as_large_as_the_formula_says() -> None:
    plan = plan_of(rows(), OUTPUT, epochs=1, rate=0.02)
    (layer,) = measure_training(plan, rows(), seed=0).layers
    keras.utils.set_random_seed(0)
    dense = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    kernel = np.asarray(dense.layers[0].get_weights()[0], float)
    X, y = np.asarray(rows().train.X), rows().train.y
    step = 0.02 * 2 / len(y) * X.T @ (X @ kernel - y)
    expected = math.log10(np.linalg.norm(step) / np.linalg.norm(kernel))
    assert layer.update_ratio == pytest.approx(expected, abs=1e-4)


def test_a_training_that_learns_is_seen_to() -> None:
    plan = plan_of(rows(), OUTPUT, optimizer="Adam", rate=0.05, epochs=20, batch_size=16)
    measured = measure_training(plan, rows(), seed=0)
    assert (measured.steps, measured.epochs) == (120, 20)
    assert measured.learns
    assert measured.skill_start < measured.skill_middle < measured.skill_end
    assert measured.one_batch is not None
    assert measured.one_batch.samples == 16
    assert measured.one_batch.skill >= 0.99
    assert measured.one_batch.steps < 300
    assert measured.one_batch.skill_tuned is None
    assert measured.range_test is not None
    assert measured.range_test.suggestion is not None


def test_a_rate_that_is_too_low_is_told_by_the_range_test() -> None:
    plan = plan_of(rows(), OUTPUT, optimizer="Adam", rate=1e-7, batch_size=16)
    measured = measure_training(plan, rows(), seed=0)
    assert not measured.learns
    assert measured.one_batch is not None
    assert measured.range_test is not None
    assert measured.one_batch.skill < 0.5
    assert measured.one_batch.steps == 300
    assert measured.one_batch.skill_tuned is not None
    assert measured.one_batch.skill_tuned >= 0.9
    assert measured.range_test.suggestion is not None
    assert 1e-3 < measured.range_test.suggestion < 5


def test_the_first_step_that_breaks_is_named() -> None:
    measured = measure_training(plan_of(rows(), HIDDEN, OUTPUT, rate=1e15, batch_size=16), rows(), seed=0)
    losses: list[float] = list(measured.losses)
    assert measured.first_bad_step == measured.steps == len(losses) < 10
    assert np.isfinite(losses[:-1]).all()
    assert not measured.learns
    assert math.isnan(measured.skill_end)
    assert by_name(measured)["hidden"].saturated_share is not None
    assert by_name(measured)["hidden"].saturated_share_end is None


def test_a_number_of_steps_can_be_asked_for_and_epochs_are_the_limit() -> None:
    plan = plan_of(rows(), OUTPUT, batch_size=16)
    assert measure_training(plan, rows(), seed=0, steps=7).steps == 7
    assert measure_training(plan.replace(epochs=1), rows(), seed=0).steps == 6


def test_of_a_large_batch_a_part_is_trained_on_over_and_over() -> None:
    X = np.random.default_rng(0).normal(size=(400, 3))
    y = X @ [[2.0], [-1.0], [0.5]]
    dataset = replace(rows(), train=cut(X, y, slice(0, 400)))
    measured = measure_training(plan_of(dataset, OUTPUT, batch_size=400), dataset, seed=0)
    assert measured.one_batch is not None
    assert (measured.one_batch.samples, measured.steps) == (256, 5)


def test_the_rates_alone_are_those_of_the_whole_measurement(measured_series: Measurements) -> None:
    assert measured_series.range_test is not None
    assert measure_rates(plan_of(series(), LSTM, OUTPUT), series(), seed=3) == measured_series.range_test


def test_units_that_never_wake_up_are_dead_at_the_end() -> None:
    bias = {"class_name": "Constant", "config": {"value": -100.0}}
    config = {"units": 8, "activation": "relu"}
    dead = Layer(name="dead", class_name="Dense", config=config | {"bias_initializer": bias})
    alive = Layer(name="alive", class_name="Dense", config=config)
    layers = by_name(measure_training(plan_of(rows(), alive, dead, OUTPUT, rate=0.001), rows(), seed=0))
    assert layers["dead"].dead_share == 1
    assert layers["alive"].dead_share is not None
    assert layers["alive"].dead_share < 0.5
    assert layers["output"].dead_share is None
    assert layers["alive"].gradient_start == 0
    assert layers["alive"].update_ratio == -math.inf
    assert [layer.is_output for layer in layers.values()] == [False, False, True]


def test_a_scaled_target_is_compared_in_the_models_unit() -> None:
    X = rows_of_numbers()
    dataset = make_samples("regression", X, 1000 * X[:, :1] + 5000)
    preprocessing = Preprocessing(target_scaling="standard")
    plan = plan_of(dataset, OUTPUT, optimizer="Adam", rate=0.1, epochs=60, preprocessing=preprocessing)
    measured = measure_training(plan, dataset, seed=0)
    assert measured.skill_end > 0.9
    assert measured.prediction_spread == pytest.approx(1, abs=0.1)
