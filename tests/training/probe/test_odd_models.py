"""Models and data that are hard to measure give numbers or say that there are none."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from remedy.data import Dataset, data_facts
from remedy.errors import TrainingError, UserCodeError
from remedy.models.describe import describe_model
from remedy.models.user_model import open_user_model
from remedy.plan import KerasObject, Model, Plan, UserModel
from remedy.training import ProbeJob
from remedy.training.measurements import Measurements
from remedy.training.probe.bench import Bench
from remedy.training.probe.measure import measure_training
from remedy.training.starting_point import starting_point
from remedy.workers.run_job import run_job
from tests.training import own_models
from tests.training.probe import odd_models
from tests.training.samples import class_indices, make_samples, rows_of_numbers, series_of_numbers


def plan_of(function: str, dataset: Dataset, loss: Any = "mse", **changes: Any) -> Plan:
    module = odd_models if hasattr(odd_models, function) else own_models
    source = UserModel(file=str(Path(str(module.__file__)).resolve()), function=function)
    model = open_user_model(source)
    described = describe_model(model, source) if model.built else Model(source=source, opaque="a subclass")
    plan = Plan(
        task=dataset.task,
        metric="mse" if dataset.task == "regression" else "log_loss",
        model=described,
        optimizer=KerasObject(class_name="Adam", config={"learning_rate": 0.01}),
        loss=loss,
        epochs=3,
        batch_size=16,
        data=data_facts(dataset),
    )
    return plan.replace(**changes)


def measure(function: str, dataset: Dataset, loss: Any = "mse", **changes: Any) -> Measurements:
    return measure_training(plan_of(function, dataset, loss, **changes), dataset, seed=0, steps=12)


def numbers() -> Dataset:
    X = rows_of_numbers()
    return make_samples("regression", X, X.sum(axis=1, keepdims=True))


def windows() -> Dataset:
    X = series_of_numbers()
    return make_samples("regression", X, X.sum(axis=1)[:, :1])


@pytest.mark.parametrize(
    ("function", "dataset"),
    [
        ("subclassed", numbers()),
        ("own_step", numbers()),
        ("nested", numbers()),
        ("stateful", windows()),
        ("masked", windows()),
        ("convolution", windows()),
        ("mixed", windows()),
    ],
)
def test_what_can_be_trained_is_measured(function: str, dataset: Dataset) -> None:
    measured = measure(function, dataset)
    assert measured.is_finite
    assert measured.steps == 12
    assert np.isfinite(measured.losses).all()
    assert np.isfinite([measured.skill_start, measured.skill_middle, measured.skill_end]).all()
    assert 0 < measured.gradient_norm_start < math.inf
    assert all(layer.gradient_start > 0 for layer in measured.layers)
    assert all(layer.gradient_end > 0 for layer in measured.layers)
    assert [layer.is_output for layer in measured.layers].index(True) == len(measured.layers) - 1
    assert all(-6 < layer.update_ratio < 1 for layer in measured.layers if layer.update_ratio is not None)
    assert measured.one_batch is not None
    assert measured.range_test is not None
    assert len(measured.range_test.rates) > 50


def test_a_step_that_the_scaling_of_the_loss_skips_is_no_bad_gradient() -> None:
    y = 300.0 + np.arange(200)[:, None]
    measured = measure("mixed", make_samples("regression", series_of_numbers(), y))
    assert measured.is_finite
    assert 100 < measured.gradient_norm_start < math.inf
    (through_time,) = measured.through_time
    assert 0 < through_time.last < math.inf


def test_layers_of_nested_models_are_named_by_their_path() -> None:
    dense, normalization, output = measure("nested", numbers()).layers
    assert (dense.name, normalization.class_name) == ("inner/dense", "BatchNormalization")
    assert normalization.dead_share is not None, "the relu that follows it"
    assert output.dead_share is None


def test_a_batch_for_every_step_of_tokens_is_told_by_what_they_are_embedded_as() -> None:
    codes = np.random.default_rng(0).integers(0, 10, size=(200, 6))
    dataset = make_samples("regression", codes, codes[:, -1:].astype(float))
    plan = plan_of("tokens", dataset)
    plan = plan.replace(preprocessing=plan.preprocessing.model_copy(update={"tokens": ("X",)}))
    measured = measure_training(plan, dataset, seed=0, steps=12)
    (through_time,) = measured.through_time
    assert (through_time.input, through_time.steps) == ("X", 6)
    assert 0 < through_time.first < math.inf
    assert 0 < through_time.last < math.inf
    both = next(layer for layer in measured.layers if layer.class_name == "Bidirectional")
    assert (len(both.kernels), both.saturated_share) == (4, 0)


def test_several_inputs_are_told_apart() -> None:
    X = {"facts": rows_of_numbers(), "series": series_of_numbers()}
    dataset = make_samples("multiclass", X, class_indices(), classes=3)
    measured = measure("two_inputs", dataset, "categorical_crossentropy", class_weight="balanced")
    assert [one.input for one in measured.through_time] == ["series"]
    assert measured.is_finite
    assert 0 < measured.prediction_spread < 2


def test_padding_is_no_last_step() -> None:
    dataset = windows()
    lengths = np.full(90, 3)
    X = np.array(dataset.train.X)
    X[:, 3:] = -1.0
    dataset = replace(dataset, train=replace(dataset.train, X=X, lengths=lengths))
    (through_time,) = measure("masked", dataset).through_time
    assert through_time.last > through_time.first > 0


def test_a_model_without_trainable_weights_is_only_looked_at() -> None:
    measured = measure("frozen", numbers())
    assert (measured.steps, measured.losses, measured.one_batch, measured.range_test) == (0, (), None, None)
    assert measured.skill_start == measured.skill_end
    assert measured.gradient_norm_start == 0
    assert not any(layer.trainable for layer in measured.layers)


def test_a_frozen_layer_has_no_gradient() -> None:
    frozen, output = measure("half_frozen", numbers()).layers
    assert (frozen.trainable, frozen.gradient_start, frozen.update_ratio) == (False, 0, None)
    assert output.trainable
    assert output.gradient_start > 0


def test_a_model_that_ignores_its_weights_has_no_gradient_at_all() -> None:
    measured = measure("constant", numbers())
    assert measured.gradient_norm_start == 0
    assert measured.layers[0].update_ratio == -math.inf


def test_no_number_comes_of_missing_values() -> None:
    dataset = numbers()
    np.asarray(dataset.train.X)[5, 1] = np.nan
    measured = measure("one_logit", dataset)
    assert measured.first_bad_step is not None
    assert measured.first_bad_step <= 6
    assert math.isnan(measured.skill_start)
    assert math.isnan(measured.skill_end)
    np.asarray(dataset.train.X)[:] = np.nan
    measured = measure("one_logit", dataset)
    assert measured.first_bad_step == 1
    assert measured.range_test is not None
    assert measured.range_test.rates == ()


@pytest.mark.parametrize("samples", [90, 10])
def test_a_target_that_never_varies_has_no_skill(samples: int) -> None:
    dataset = make_samples("binary", rows_of_numbers(), np.zeros((200, 1)), classes=2)
    train = dataset.train
    train = replace(train, X=np.asarray(train.X)[:samples], y=train.y[:samples])
    measured = measure("one_logit", replace(dataset, train=train), "binary_crossentropy")
    assert math.isnan(measured.skill_end)
    assert math.isnan(measured.prediction_spread)
    assert measured.one_batch is not None
    assert math.isnan(measured.one_batch.skill)
    assert measured.one_batch.skill_tuned is None
    assert not measured.learns


def test_a_schedule_has_no_range_test() -> None:
    schedule = {
        "module": "keras.optimizers.schedules",
        "class_name": "ExponentialDecay",
        "config": {"initial_learning_rate": 0.01, "decay_steps": 10, "decay_rate": 0.5},
    }
    optimizer = KerasObject(class_name="SGD", config={"learning_rate": schedule})
    measured = measure("one_logit", numbers(), optimizer=optimizer)
    assert measured.range_test is None
    assert measured.steps == 12


def test_a_model_that_runs_operation_by_operation_gives_the_same_numbers() -> None:
    dataset, steps = numbers(), []
    for eagerly in (False, True):
        plan = plan_of("one_logit", dataset, run_eagerly=eagerly)
        bench = Bench(plan, starting_point(plan, dataset, 0), 1)
        steps.append([bench.step(bench.data(np.arange(first, first + 16))) for first in (0, 16, 32)])
    for traced, eager in zip(*steps, strict=True):
        assert (eager.loss, eager.norm) == pytest.approx((traced.loss, traced.norm), rel=1e-5)


def test_a_step_that_fails_is_the_users() -> None:
    with pytest.raises(UserCodeError, match=r"odd_models\.py:\d+: training the model raised ValueError"):
        measure("failing", numbers())


def test_a_step_without_a_loss_is_named() -> None:
    with pytest.raises(TrainingError, match="train_step reports nothing; it has to return its 'loss'"):
        measure("silent", numbers())


def test_a_worker_measures() -> None:
    dataset = numbers()
    plan = plan_of("one_logit", dataset)
    assert run_job(ProbeJob(plan, 0), dataset, lambda _: True) == measure_training(plan, dataset, 0)
