"""Trainings of every kind: a data set, the plan of the baseline, and a recipe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

from remedy.config.experiment import ModelSettings
from remedy.data import Dataset, Split, data_facts
from remedy.models.baseline import PADDING
from remedy.models.read_user_model import read_user_model
from remedy.models.templates import template_layers
from remedy.plan import KerasObject, Model, Plan, Preprocessing, Recipe, UserModel
from tests.export import exported_models as models_here
from tests.training import own_models as models_there
from tests.training.samples import class_indices, make_samples, rows_of_numbers, series_of_numbers


class Case(NamedTuple):
    dataset: Dataset
    baseline: Plan
    recipe: Recipe


CASES: dict[str, Callable[[Path], Case]] = {}


def case(make: Callable[[Path], Case]) -> Callable[[Path], Case]:
    CASES[make.__name__.replace("_", " ")] = make
    return make


def series(*, missing: bool = False) -> Dataset:
    X = 50 + 20 * series_of_numbers()
    y = 3 * X[:, -1, :1] - X[:, 0, 1:]
    if missing:
        X[::5, 2, 1] = np.nan
        X[::7, 0, 0] = np.nan
    return make_samples("regression", X, y)


def summed(X: np.ndarray) -> Dataset:
    return make_samples("regression", X, X.reshape(200, -1).sum(axis=1, keepdims=True))


def plan_of(model: Model, dataset: Dataset, loss: Any = "mse", **changes: Any) -> Plan:
    return Plan(
        task=dataset.task,
        metric="mse" if dataset.task == "regression" else "log_loss",
        model=model,
        optimizer=KerasObject(class_name="Adam", config={"learning_rate": 0.01}),
        loss=loss,
        epochs=2,
        batch_size=16,
        data=data_facts(dataset),
    ).replace(**changes)


def template(name: Any, dataset: Dataset, loss: Any = "mse", **settings: Any) -> Plan:
    mask = PADDING if dataset.train.lengths is not None else None
    chosen = ModelSettings(template=name, units=settings.pop("units", [5, 4]), **settings)
    layers = template_layers(chosen, dataset.task, dataset.output_units, dataset.input_shape, mask_value=mask)
    return plan_of(Model(input_shape=dataset.input_shape, layers=layers), dataset, loss)


def own(module: Any, function: str, dataset: Dataset, loss: Any = "mse", **changes: Any) -> Plan:
    source = UserModel(file=str(Path(module.__file__).resolve()), function=function)
    return read(source, dataset, loss, **changes)


def read(source: UserModel, dataset: Dataset, loss: Any = "mse", **changes: Any) -> Plan:
    description = read_user_model(source, dataset.input_shapes, dataset.output_shape)
    return plan_of(description.model, dataset, loss, **changes)


@case
def lstm(_: Path) -> Case:
    dataset = series()
    recipe = {
        "scaling": "minmax",
        "target_scaling": "minmax",
        "batch_normalization": True,
        "clipnorm": 1.0,
        "kernel_initializer": "he_normal",
        "recurrent_initializer": "glorot_uniform",
    }
    return Case(dataset, template("lstm", dataset, dropout=0.1).replace(jit_compile=True), recipe)


@case
def gru(_: Path) -> Case:
    dataset = series()
    recipe = {
        "scaling": "standard",
        "target_scaling": "minmax",
        "reduce_lr_on_plateau": {"factor": 0.1, "patience": 3, "min_lr": 1e-6},
        "learning_rate": 0.02,
        "epochs": "x2",
        "depth": 1,
    }
    return Case(dataset, template("gru", dataset, bidirectional=True), recipe)


@case
def rnn(_: Path) -> Case:
    dataset = series()
    recipe = {"target_scaling": "standard", "activation": "tanh", "cell": "lstm", "optimizer": "rmsprop"}
    plan = template("rnn", dataset, activation="relu").replace(metric="mae", loss="mae")
    return Case(dataset, plan, recipe)


@case
def conv1d_with_missing_values(_: Path) -> Case:
    dataset = series(missing=True)
    recipe = {"imputation": "forward_fill", "scaling": "robust", "target_scaling": "standard"}
    return Case(dataset, template("conv1d", dataset, kernel_initializer="zeros"), recipe)


@case
def dense_with_classes_of_different_sizes(_: Path) -> Case:
    X = rows_of_numbers()
    X[::9, 1], X[:, 2] = np.nan, 7
    dataset = make_samples("multiclass", X, class_indices(), classes=3)
    recipe = {
        "imputation": "median",
        "scaling": "standard",
        "class_weight": "balanced",
        "batch_size": "x0.5",
        "activation": "elu",
        "regularization": 0.1,
        "cyclical_learning_rate": {"base": 0.001, "peak": 0.01, "epochs": 2.0},
    }
    return Case(dataset, template("dense", dataset, "categorical_crossentropy", dropout=0.5), recipe)


@case
def an_output_that_cannot_reach_the_target(_: Path) -> Case:
    y = class_indices(shares=(0.7, 0.3)).astype(float)
    dataset = make_samples("binary", rows_of_numbers(), y, classes=2)
    plan = template("dense", dataset, "mse", units=[4], output_activation="softmax")
    return Case(dataset, plan, {"output_head": True})


@case
def several_labels(_: Path) -> Case:
    X = rows_of_numbers()
    dataset = make_samples("multilabel", X, (X[:, :2] > 0).astype(float))
    return Case(dataset, template("dense", dataset, "binary_crossentropy", units=[4]), {"scaling": "minmax"})


@case
def sequences_of_different_lengths(_: Path) -> Case:
    dataset = series()

    def cut(split: Split) -> Split:
        lengths = np.arange(len(split)) % 4 + 3
        X = np.array(split.X)
        X[np.arange(6) >= lengths[:, np.newaxis]] = 0
        return replace(split, X=X, lengths=lengths)

    dataset = replace(
        dataset, train=cut(dataset.train), validation=cut(dataset.validation), test=cut(dataset.test)
    )
    plan = template("lstm", dataset, units=[4]).replace(preprocessing=Preprocessing(mask_value=PADDING))
    return Case(dataset, plan, {"scaling": "minmax", "target_scaling": "minmax"})


@case
def two_inputs(_: Path) -> Case:
    X = {"series": series_of_numbers(), "facts": rows_of_numbers()}
    dataset = make_samples("multiclass", X, class_indices(), classes=3)
    plan = own(models_there, "two_inputs", dataset, "sparse_categorical_crossentropy")
    return Case(dataset, plan, {"scaling": "minmax", "class_weight": "balanced", "batch_normalization": True})


@case
def logits_of_three_classes(_: Path) -> Case:
    dataset = make_samples("multiclass", rows_of_numbers(), class_indices(), classes=3)
    loss = {"class_name": "SparseCategoricalCrossentropy", "config": {"from_logits": True}}
    plan = own(models_there, "three_logits", dataset, loss)
    divided = plan.preprocessing.model_copy(update={"labels": "as_given"})
    facts = plan.data.model_copy(update={"label_values": (0.0, 1 / 255, 2 / 255)})
    recipe = {"learning_rate": 0.02, "label_encoding": True}
    return Case(dataset, plan.replace(preprocessing=divided, data=facts), recipe)


@case
def a_target_for_every_step(_: Path) -> Case:
    X = series_of_numbers()
    dataset = make_samples("regression", X, 20 * X.cumsum(axis=1))
    return Case(dataset, own(models_there, "every_step", dataset), {"target_scaling": "minmax"})


@case
def stateful(_: Path) -> Case:
    dataset = summed(series_of_numbers())
    return Case(dataset, own(models_there, "stateful", dataset), {"scaling": "standard"})


@case
def mixed_precision(_: Path) -> Case:
    dataset = summed(series_of_numbers())
    return Case(dataset, own(models_there, "mixed_precision", dataset), {"clipnorm": 0.5})


@case
def a_subclass(_: Path) -> Case:
    dataset = summed(rows_of_numbers())
    return Case(dataset, own(models_there, "subclassed", dataset), {"target_scaling": "standard"})


@case
def a_layer_and_a_loss_of_ones_own(_: Path) -> Case:
    dataset = series()
    loss = {"module": "exported_models", "class_name": "function", "config": "asymmetric"}
    return Case(dataset, own(models_here, "own_layer", dataset, loss), {"target_scaling": "standard"})


@case
def models_within_a_model(_: Path) -> Case:
    dataset = summed(series_of_numbers())
    return Case(dataset, own(models_here, "graph_of_parts", dataset), {"scaling": "minmax"})


@case
def a_function_that_draws_its_own_seed(_: Path) -> Case:
    dataset = summed(series_of_numbers())
    return Case(
        dataset, own(models_here, "draws_its_seed", dataset, run_eagerly=True), {"optimizer": "nadam"}
    )


@case
def a_saved_model_that_keeps_its_weights(folder: Path) -> Case:
    dataset = summed(rows_of_numbers())
    file = folder / "saved.keras"
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(1)]).save(file)
    return Case(dataset, read(UserModel(file=str(file), keep_weights=True), dataset), {"clipnorm": 2.0})
