"""Skill is scikit-learn's D2 of the model's own predictions, in the target's units, whatever was scaled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import d2_absolute_error_score, d2_log_loss_score, log_loss, r2_score

from remedy.data import Dataset
from remedy.data.dataset import Inputs
from remedy.fixes import apply_recipe
from remedy.plan import KerasObject, Layer, Metric, Model, Plan, Recipe, Task
from remedy.training.evaluation import evaluate
from remedy.training.trial import Trained, train
from tests.conftest import make_dataset, make_split


def make_plan(dataset: Dataset, metric: Metric, loss: str, units: int, activation: str = "linear") -> Plan:
    return Plan(
        task=dataset.task,
        metric=metric,
        model=Model(
            input_shape=dataset.input_shape,
            layers=(
                Layer(name="dense_1", class_name="Dense", config={"units": 8, "activation": "tanh"}),
                Layer(name="output", class_name="Dense", config={"units": units, "activation": activation}),
            ),
        ),
        optimizer=KerasObject(class_name="Adam", config={"learning_rate": 0.01}),
        loss=loss,
        epochs=3,
        batch_size=16,
    )


def make_table(task: Task, y: np.ndarray, classes: int = 0) -> Dataset:
    X = np.random.default_rng(0).normal(size=(len(y), 3))
    X[:, 1] = 100 + 20 * X[:, 1]
    train, validation, test = (
        make_split(X[part], y[part]) for part in (slice(0, 90), slice(90, 150), slice(150, 200))
    )
    return make_dataset(task, train, validation, test, classes)


@pytest.fixture(scope="module")
def two_targets() -> Dataset:
    rng = np.random.default_rng(1)
    return make_table("regression", rng.normal([5, -300], [2, 50], size=(200, 2)).astype(np.float32))


SCALINGS: list[Recipe] = [
    {},
    {"scaling": "minmax", "target_scaling": "minmax"},
    {"scaling": "robust", "target_scaling": "standard"},
]


@pytest.mark.parametrize("recipe", SCALINGS, ids=str)
@pytest.mark.parametrize(("metric", "score"), [("mse", r2_score), ("mae", d2_absolute_error_score)])
def test_regression_skill_is_scikit_learns_score(
    two_targets: Dataset, recipe: Recipe, metric: Metric, score: Any
) -> None:
    plan = apply_recipe(make_plan(two_targets, metric, "mse", units=2), recipe)
    trained = train(plan, two_targets, seed=0)
    for split in (two_targets.validation, two_targets.test):
        predicted = predict(trained, split.X)
        expected = score(split.y, predicted)
        result = evaluate(trained.model, plan, trained.preprocessor, split)
        assert result.skill == pytest.approx(expected, abs=1e-6)
        assert result.metrics["mae"] == pytest.approx(np.abs(split.y - predicted).mean(), rel=1e-5)
    expected = score(two_targets.validation.y, predict(trained, two_targets.validation.X))
    assert trained.outcome.skill == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_training_skill_is_scikit_learns_score_when_weights_stand_still(two_targets: Dataset) -> None:
    plan = make_plan(two_targets, "mse", "mae", units=2)
    plan = apply_recipe(plan, {"scaling": "standard", "target_scaling": "standard", "learning_rate": 1e-12})
    trained = train(plan, two_targets, seed=0)
    expected = r2_score(two_targets.train.y, predict(trained, two_targets.train.X))
    assert trained.outcome.train_skill == pytest.approx(expected, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "categorical_crossentropy"])
def test_multiclass_skill_is_scikit_learns_d2_log_loss(loss: str) -> None:
    labels = np.random.default_rng(2).choice(3, size=(200, 1), p=[0.5, 0.3, 0.2]).astype(np.int64)
    dataset = make_table("multiclass", labels, classes=3)
    plan = apply_recipe(make_plan(dataset, "log_loss", loss, 3, "softmax"), {"scaling": "standard"})
    trained = train(plan, dataset, seed=0)
    probability = predict(trained, dataset.validation.X).astype(float)
    probability /= probability.sum(axis=1, keepdims=True)
    expected = d2_log_loss_score(dataset.validation.y[:, 0], probability, labels=[0, 1, 2])
    assert trained.outcome.skill == pytest.approx(expected, abs=1e-5)
    result = evaluate(trained.model, plan, trained.preprocessor, dataset.validation)
    assert result.skill == pytest.approx(expected, abs=1e-6)
    assert result.metrics["accuracy"] == np.mean(probability.argmax(axis=1) == dataset.validation.y[:, 0])


@pytest.mark.parametrize(("task", "targets"), [("binary", 1), ("multilabel", 3)])
def test_yes_no_skill_is_the_mean_of_scikit_learns_d2_log_loss(task: Task, targets: int) -> None:
    y = np.random.default_rng(3).binomial(1, 0.3, size=(200, targets)).astype(np.float32)
    dataset = make_table(task, y, classes=2 if task == "binary" else 0)
    plan = make_plan(dataset, "log_loss", "binary_crossentropy", targets, "sigmoid")
    trained = train(apply_recipe(plan, {"scaling": "standard"}), dataset, seed=0)
    probability = predict(trained, dataset.validation.X).astype(float)
    expected = np.mean(
        [
            d2_log_loss_score(dataset.validation.y[:, i].astype(int), probability[:, i], labels=[0, 1])
            for i in range(targets)
        ]
    )
    assert trained.outcome.skill == pytest.approx(expected, abs=1e-5)
    result = evaluate(trained.model, plan, trained.preprocessor, dataset.validation)
    assert result.skill == pytest.approx(expected, abs=1e-6)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Keras suspects the softmax, too
def test_probabilities_of_zero_and_one_are_clipped_so_that_skill_stays_finite() -> None:
    y = np.tile([[0.0], [1.0]], (100, 1)).astype(np.float32)
    dataset = make_table("binary", y, classes=2)
    plan = make_plan(dataset, "log_loss", "mse", 1, "softmax")  # softmax on one unit: always 1
    trained = train(plan, dataset, seed=0)
    certain = np.tile([1e-7, 1 - 1e-7], (60, 1))
    expected = 1 - log_loss(dataset.validation.y[:, 0], certain) / np.log(2)
    assert trained.outcome.skill == pytest.approx(expected, rel=1e-3)
    assert trained.outcome.status == "flat"


def test_a_series_is_also_compared_with_repeating_its_last_value(two_targets: Dataset) -> None:
    split = two_targets.validation
    guess = np.roll(split.y, 1, axis=0)
    series = type(split)(
        X=split.X, y=split.y, rows=split.rows, target_rows=split.target_rows, persistence=guess
    )
    plan = make_plan(two_targets, "mse", "mse", units=2)
    trained = train(plan, two_targets, seed=0)
    result = evaluate(trained.model, plan, trained.preprocessor, series)
    predicted = predict(trained, split.X)
    ratio = ((split.y - predicted) ** 2).mean(axis=0) / ((split.y - guess) ** 2).mean(axis=0)
    assert result.metrics["skill_against_persistence"] == pytest.approx(1 - ratio.mean(), rel=1e-4)


def predict(trained: Trained, X: Inputs) -> np.ndarray:
    outputs = trained.model.predict(trained.preprocessor.inputs(X), verbose=0).astype(float)
    predicted: np.ndarray = trained.preprocessor.inverse_targets(outputs)
    return predicted
