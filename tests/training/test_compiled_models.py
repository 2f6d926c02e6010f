"""A training on a compiled model that others have used is the training that it would be on its own."""

from __future__ import annotations

import numpy as np
import pytest

from remedy.data import Dataset
from remedy.fixes import apply_recipe
from remedy.plan import KerasObject, Layer, Model, Plan, Recipe
from remedy.training.compiled_models import CompiledModels, is_shareable
from remedy.training.trial import Trained, train
from tests.training.samples import class_indices, make_samples, rows_of_numbers, series_of_numbers


def series() -> Dataset:
    X = series_of_numbers()
    return make_samples("regression", X, X[:, -1, :1] * 2 + 3)


def lstm_plan(dataset: Dataset, optimizer: str = "Adam") -> Plan:
    layers = (
        Layer(name="lstm", class_name="LSTM", config={"units": 6, "return_sequences": True, "dropout": 0.1}),
        Layer(name="gru", class_name="GRU", config={"units": 5}),
        Layer(name="dropout", class_name="Dropout", config={"rate": 0.2}),
        Layer(name="normalization", class_name="BatchNormalization"),
        Layer(name="output", class_name="Dense", config={"units": 1}),
    )
    return Plan(
        task="regression",
        metric="mse",
        model=Model(input_shape=dataset.input_shape, layers=layers),
        optimizer=KerasObject(class_name=optimizer, config={"learning_rate": 0.01}),
        loss="mse",
        epochs=3,
        batch_size=16,
    )


def assert_same(one: Trained, other: Trained) -> None:
    assert one.outcome.status == other.outcome.status
    for record, twin in zip(one.outcome.curve, other.outcome.curve, strict=True):
        np.testing.assert_allclose(list(vars(record).values()), list(vars(twin).values()), rtol=1e-6)
    for weights, twins in zip(one.model.get_weights(), other.model.get_weights(), strict=True):
        np.testing.assert_allclose(weights, twins, rtol=1e-6, atol=1e-7)


RECIPES: list[Recipe] = [
    {},
    {"scaling": "standard", "target_scaling": "minmax"},
    {"learning_rate": 0.05, "kernel_initializer": "orthogonal", "recurrent_initializer": "glorot_uniform"},
    {"reduce_lr_on_plateau": {"factor": 0.1, "patience": 1, "min_lr": 1e-6}},
    {"cyclical_learning_rate": {"base": 0.001, "peak": 0.1, "epochs": 2}, "epochs": "x2"},
    {"clipnorm": 0.1},
    {"clipnorm": 0.002},
    {},
]


@pytest.mark.parametrize(
    ("optimizer", "recipes"),
    [
        ("Adam", RECIPES),
        ("Nadam", RECIPES[:4]),
    ],
)
def test_one_compiled_model_serves_many_recipes_and_seeds_without_a_trace(
    optimizer: str, recipes: list[Recipe]
) -> None:
    dataset = series()
    plan = lstm_plan(dataset, optimizer)
    compiled = CompiledModels()
    graphs = set()
    for number, recipe in enumerate(recipes):
        changed = apply_recipe(plan, recipe)
        seed = number % 3
        pooled = train(changed, dataset, seed, compiled_models=compiled)
        graphs.add(id(compiled.find(changed)))
        assert_same(pooled, train(changed, dataset, seed))
    assert len(graphs) == 1


def test_an_optimizer_that_begins_with_the_weights_begins_with_those_of_its_own_training() -> None:
    dataset = series()
    plan = lstm_plan(dataset, "ScheduleFreeAdamW")
    compiled = CompiledModels()
    for seed in (0, 1):
        assert_same(train(plan, dataset, seed, compiled_models=compiled), train(plan, dataset, seed))


def test_classes_with_weights_share_a_graph_too() -> None:
    dataset = make_samples("multiclass", rows_of_numbers(), class_indices(), classes=3)
    plan = Plan(
        task="multiclass",
        metric="log_loss",
        model=Model(
            input_shape=dataset.input_shape,
            layers=(
                Layer(name="hidden", class_name="Dense", config={"units": 8, "activation": "relu"}),
                Layer(name="output", class_name="Dense", config={"units": 3, "activation": "softmax"}),
            ),
        ),
        optimizer=KerasObject(class_name="Adam", config={"learning_rate": 0.01}),
        loss="sparse_categorical_crossentropy",
        epochs=3,
        batch_size=16,
    )
    compiled = CompiledModels()
    for recipe in ({}, {"class_weight": "balanced"}, {}):
        changed = apply_recipe(plan, recipe)
        assert_same(train(changed, dataset, 1, compiled_models=compiled), train(changed, dataset, 1))


def test_a_training_that_diverged_leaves_nothing_behind_for_the_next() -> None:
    dataset = make_samples("regression", X := rows_of_numbers(), X[:, :1] * 3 + 1)
    plan = Plan(
        task="regression",
        metric="mse",
        model=Model(
            input_shape=dataset.input_shape,
            layers=(Layer(name="output", class_name="Dense", config={"units": 1}),),
        ),
        optimizer=KerasObject(class_name="SGD", config={"learning_rate": 0.01, "momentum": 0.9}),
        loss="mse",
        epochs=4,
        batch_size=16,
    )
    compiled = CompiledModels()
    diverged = train(apply_recipe(plan, {"learning_rate": 1e30}), dataset, 0, compiled_models=compiled)
    assert diverged.outcome.status == "diverged"
    assert_same(train(plan, dataset, 0, compiled_models=compiled), train(plan, dataset, 0))


def test_what_is_of_the_users_own_is_compiled_anew() -> None:
    plan = lstm_plan(series())
    assert is_shareable(plan)
    layer = Layer(name="own", class_name="Own", module="mine", registered_name="mine>Own")
    assert not is_shareable(plan.with_layers((layer, *plan.model.layers)))
    inner = Layer(name="part", class_name="Sequential", inner=Model(layers=(layer,)))
    assert not is_shareable(plan.with_layers((inner, *plan.model.layers)))
    assert not is_shareable(plan.replace(optimizer=KerasObject(class_name="mine:Own")))
    assert not is_shareable(plan.replace(loss={"class_name": "function", "module": "mine", "config": "own"}))


def test_the_model_that_is_returned_is_not_the_one_that_is_kept() -> None:
    dataset = series()
    plan = lstm_plan(dataset)
    compiled = CompiledModels()
    first = train(plan, dataset, 0, compiled_models=compiled)
    before = first.model.get_weights()
    second = train(plan, dataset, 1, compiled_models=compiled)
    for weights, kept in zip(first.model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weights, kept)
    kept_model = compiled.find(plan)
    assert kept_model is not None
    assert kept_model.model not in (first.model, second.model)
