from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any, get_args

import keras
import numpy as np
import pytest

from remedy.config.experiment import (
    Data,
    Experiment,
    LossName,
    ModelSettings,
    Optimizer,
    OptimizerName,
    Training,
)
from remedy.data.dataset import Dataset, Split
from remedy.errors import ConfigError
from remedy.models.baseline import _EVERY_OPTIMIZER, _LOSSES, _OPTIMIZERS, baseline_plan
from remedy.plan import KerasObject, Plan, Task


def dataset(task: Task = "regression", outputs: int = 1) -> Dataset:
    split = Split(
        X=np.zeros((5, 10, 2), np.float32),
        y=np.zeros((5, 1), np.float32),
        rows=np.zeros((5, 10), np.int64),
        target_rows=np.zeros(5, np.int64),
    )
    classes = tuple("abcdefgh"[:outputs]) if task == "multiclass" else ()
    targets = ("y",) if task == "multiclass" else tuple(f"y{index}" for index in range(outputs))
    return Dataset(
        task=task,
        train=split,
        validation=split,
        test=split,
        features=("a", "b"),
        targets=targets,
        classes=classes,
        fingerprint="",
        split_by="time",
        rows=5,
        notes=(),
    )


def experiment(**changes: Any) -> Experiment:
    values: dict[str, Any] = {
        "name": "example",
        "data": Data(source=Path("data.csv"), target=["y"]),
        "model": ModelSettings(template="lstm", units=[8]),
        "fixes": {},
    }
    return Experiment(**(values | changes))


def with_optimizer(**values: Any) -> Plan:
    return baseline_plan(experiment(training=Training(optimizer=Optimizer(**values))), dataset())


def test_xla_is_left_to_keras_unless_someone_says_so() -> None:
    assert baseline_plan(experiment(), dataset()).jit_compile is None
    for wish in (True, False):
        plan = baseline_plan(experiment(training=Training(jit_compile=wish)), dataset())
        assert plan.jit_compile is wish


def test_is_the_training_as_the_experiment_describes_it() -> None:
    training = Training(
        optimizer=Optimizer(name="sgd", learning_rate=0.5), loss="mae", epochs=7, batch_size=4
    )
    plan = baseline_plan(experiment(training=training, metric="mae"), dataset(outputs=2))
    assert (plan.task, plan.metric, plan.loss, plan.epochs, plan.batch_size) == (
        "regression",
        "mae",
        "mae",
        7,
        4,
    )
    assert plan.optimizer == KerasObject(class_name="SGD", config={"learning_rate": 0.5})
    assert plan.model.input_shape == (10, 2)
    assert plan.model.layers[-1].config == {"units": 2}
    assert plan.callbacks == ()
    assert plan.preprocessing.scaling is None


@pytest.mark.parametrize(
    ("task", "outputs", "loss", "metric"),
    [
        ("regression", 1, "mse", "mse"),
        ("binary", 1, "binary_crossentropy", "log_loss"),
        ("multiclass", 3, "sparse_categorical_crossentropy", "log_loss"),
        ("multilabel", 3, "binary_crossentropy", "log_loss"),
    ],
)
def test_loss_metric_and_output_fit_the_task(task: Task, outputs: int, loss: str, metric: str) -> None:
    plan = baseline_plan(experiment(), dataset(task, outputs))
    assert (plan.loss, plan.metric, plan.model.layers[-1].config["units"]) == (loss, metric, outputs)


@pytest.mark.parametrize(
    ("task", "metric"), [("regression", "log_loss"), ("binary", "mse"), ("multilabel", "mae")]
)
def test_a_metric_for_another_task_is_refused(task: Task, metric: str) -> None:
    with pytest.raises(ConfigError, match=f"^metric: {metric} does not measure a {task}"):
        baseline_plan(experiment(metric=metric), dataset(task))


def test_optimizer_arguments_are_those_given_and_the_learning_rate() -> None:
    assert with_optimizer().optimizer == KerasObject(class_name="Adam", config={"learning_rate": 0.001})
    assert with_optimizer(name="rmsprop", rho=0.8, clipvalue=0.5).optimizer.config == {
        "learning_rate": 0.001,
        "rho": 0.8,
        "clipvalue": 0.5,
    }


def test_an_argument_of_another_optimizer_is_named_with_those_it_takes() -> None:
    with pytest.raises(
        ConfigError, match=r"^training\.optimizer\.momentum: adam has no .* learning_rate, .*beta_1"
    ):
        with_optimizer(name="adam", momentum=0.9)


def test_only_one_kind_of_clipping() -> None:
    with pytest.raises(ConfigError, match=r"^training\.optimizer\.clipvalue: .* clipnorm is set too"):
        with_optimizer(clipnorm=1.0, clipvalue=0.5)


@pytest.mark.parametrize("name", get_args(OptimizerName))
def test_optimizers_take_what_keras_optimizers_take(name: str) -> None:
    class_name, own = _OPTIMIZERS[name]
    accepted = inspect.signature(getattr(keras.optimizers, class_name)).parameters
    settable = set(Optimizer.model_fields) - {"name"}
    assert settable & set(accepted) == {*_EVERY_OPTIMIZER, *own}


@pytest.mark.parametrize("loss", [*get_args(LossName), *_LOSSES.values()])
def test_losses_are_keras_losses(loss: str) -> None:
    assert callable(keras.losses.get(loss))
