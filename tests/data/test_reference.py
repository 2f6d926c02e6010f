from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    d2_absolute_error_score,
    d2_log_loss_score,
    log_loss,
    mean_absolute_error,
    mean_squared_error,
    r2_score,
)

from remedy.data import check_metric, constant_reference, default_metric
from remedy.errors import ConfigError
from remedy.plan import Metric, Task

SEEDS = st.integers(0, 1000)


def _probabilities(generator: np.random.Generator, samples: int, classes: int) -> np.ndarray:
    return generator.dirichlet(np.ones(classes), samples)


@given(seed=SEEDS, outputs=st.integers(1, 4))
def test_regression_skill_is_r2(seed: int, outputs: int) -> None:
    generator = np.random.default_rng(seed)
    y = (generator.normal(size=(50, outputs)) * 100 + 1000).astype(np.float32)
    prediction = y + generator.normal(size=y.shape) * 30
    error = mean_squared_error(y, prediction, multioutput="raw_values")
    skill = np.mean(1 - error / constant_reference(y, "regression", "mse"))
    assert skill == pytest.approx(r2_score(y, prediction), abs=1e-6)


@given(seed=SEEDS, outputs=st.integers(1, 4))
def test_absolute_error_skill_is_d2(seed: int, outputs: int) -> None:
    generator = np.random.default_rng(seed)
    y = (generator.exponential(size=(51, outputs)) * 100).astype(np.float32)
    prediction = y + generator.normal(size=y.shape) * 30
    error = mean_absolute_error(y, prediction, multioutput="raw_values")
    skill = np.mean(1 - error / constant_reference(y, "regression", "mae"))
    assert skill == pytest.approx(d2_absolute_error_score(y, prediction), abs=1e-6)


@given(seed=SEEDS, outputs=st.integers(1, 4))
def test_binary_and_multilabel_skill_is_d2_of_log_loss(seed: int, outputs: int) -> None:
    generator = np.random.default_rng(seed)
    y = (generator.random((60, outputs)) < 0.3).astype(np.float32)
    y[:2] = [[0], [1]]
    prediction = generator.uniform(0.01, 0.99, y.shape)
    task: Task = "binary" if outputs == 1 else "multilabel"
    columns = range(outputs)
    error = np.array([log_loss(y[:, column], prediction[:, column]) for column in columns])
    skill = np.mean(1 - error / constant_reference(y, task, "log_loss"))
    expected = np.mean([d2_log_loss_score(y[:, column], prediction[:, column]) for column in columns])
    assert skill == pytest.approx(expected, abs=1e-6)


@given(seed=SEEDS, classes=st.integers(2, 6))
def test_multiclass_skill_is_d2_of_log_loss(seed: int, classes: int) -> None:
    generator = np.random.default_rng(seed)
    y = np.concatenate([np.arange(classes), generator.integers(0, classes, 60)])[:, np.newaxis]
    prediction = _probabilities(generator, len(y), classes)
    reference = constant_reference(y, "multiclass", "log_loss")
    assert reference.shape == (1,)
    skill = 1 - log_loss(y[:, 0], prediction) / reference[0]
    assert skill == pytest.approx(d2_log_loss_score(y[:, 0], prediction), abs=1e-6)


def test_a_split_without_one_of_the_classes_has_a_reference_too() -> None:
    y = np.array([[0], [3], [3], [0]])
    assert constant_reference(y, "multiclass", "log_loss") == pytest.approx([np.log(2)])


@given(seed=SEEDS)
def test_no_constant_is_better_than_the_reference(seed: int) -> None:
    y = np.random.default_rng(seed).normal(size=(40, 1))
    constants = np.linspace(-3, 3, 121)
    assert ((y - constants) ** 2).mean(axis=0).min() >= constant_reference(y, "regression", "mse")[0] - 1e-12
    assert np.abs(y - constants).mean(axis=0).min() >= constant_reference(y, "regression", "mae")[0] - 1e-12


def test_sums_are_kept_in_double_precision() -> None:
    y = np.tile(np.array([[10_000.0], [10_001.0]], dtype=np.float32), (500_000, 1))
    reference = constant_reference(y, "regression", "mse")
    assert reference.dtype == np.float64
    assert reference == pytest.approx([0.25], rel=1e-9)


@pytest.mark.parametrize(
    ("task", "metric"),
    [("regression", "mse"), ("binary", "log_loss"), ("multiclass", "log_loss"), ("multilabel", "log_loss")],
)
def test_every_task_has_a_metric_that_fits_it(task: Task, metric: Metric) -> None:
    assert default_metric(task) == metric
    check_metric(task, metric)


@pytest.mark.parametrize(
    ("task", "metric", "advice"),
    [
        ("regression", "log_loss", "use mse or mae"),
        ("binary", "mse", "use log_loss"),
        ("multiclass", "mae", "use log_loss"),
        ("multilabel", "mse", "use log_loss"),
    ],
)
def test_a_metric_of_another_kind_of_task_is_refused(task: Task, metric: Metric, advice: str) -> None:
    with pytest.raises(ConfigError, match=advice):
        check_metric(task, metric)
    with pytest.raises(ConfigError, match=advice):
        constant_reference(np.array([[0.0], [1.0]]), task, metric)


@given(seed=SEEDS)
def test_with_a_target_for_every_step_all_steps_count_alike(seed: int) -> None:
    generator = np.random.default_rng(seed)
    y = generator.normal([0, 50], [1, 9], size=(12, 5, 2))
    prediction = y + generator.normal(size=y.shape)
    error = ((y - prediction) ** 2).mean(axis=(0, 1))
    skill = np.mean(1 - error / constant_reference(y, "regression", "mse"))
    assert skill == pytest.approx(r2_score(y.reshape(-1, 2), prediction.reshape(-1, 2)), abs=1e-9)


def test_a_class_for_every_step_has_one_reference() -> None:
    y = np.array([[[0], [2]], [[2], [0]], [[0], [2]]])
    assert constant_reference(y, "multiclass", "log_loss") == pytest.approx([np.log(2)])
