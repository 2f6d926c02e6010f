from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import d2_absolute_error_score, d2_log_loss_score, r2_score

from remedy.data import constant_reference
from remedy.diagnosis.learnability.bootstrap import block_length, measured_skill, skill_interval
from remedy.diagnosis.learnability.deviance import PROBABILITY_MARGIN, constant_errors, errors
from remedy.plan import Metric, Task
from remedy.training.skill_metric import PROBABILITY_MARGIN as MARGIN_OF_TRIALS
from tests.diagnosis.samples import autoregressive

SEEDS = st.integers(0, 1000)


def _measured(y: np.ndarray, predicted: np.ndarray, task: Task, metric: Metric) -> float:
    constant = constant_errors(y, task, metric)
    assert constant.mean(axis=0) == pytest.approx(constant_reference(y, task, metric))
    return measured_skill(errors(y, predicted, task, metric), constant)


@given(seed=SEEDS, outputs=st.integers(1, 3))
def test_skill_of_numbers_is_scikit_learns(seed: int, outputs: int) -> None:
    generator = np.random.default_rng(seed)
    y = generator.normal(size=(40, outputs)) * 30 + 1000
    predicted = y + generator.normal(size=y.shape) * 20
    assert _measured(y, predicted, "regression", "mse") == pytest.approx(r2_score(y, predicted))
    expected = d2_absolute_error_score(y, predicted)
    assert _measured(y, predicted, "regression", "mae") == pytest.approx(expected)


@given(seed=SEEDS, classes=st.integers(2, 5))
def test_skill_of_classes_is_scikit_learns(seed: int, classes: int) -> None:
    generator = np.random.default_rng(seed)
    y = np.concatenate([np.arange(classes), generator.integers(0, classes, 40)])[:, np.newaxis]
    probability = generator.dirichlet(np.ones(classes), len(y))
    expected = d2_log_loss_score(y[:, 0], probability)
    assert _measured(y, probability, "multiclass", "log_loss") == pytest.approx(expected, abs=1e-6)
    labels, yes = (y == 0).astype(float), probability[:, :1]
    expected = d2_log_loss_score(labels[:, 0], yes[:, 0])
    assert _measured(labels, yes, "multilabel", "log_loss") == pytest.approx(expected, abs=1e-6)


def test_a_prediction_that_is_quite_sure_and_wrong_costs_what_it_costs_a_trial() -> None:
    assert PROBABILITY_MARGIN == MARGIN_OF_TRIALS
    [[wrong]] = errors(np.array([[0.0]]), np.array([[1.0]]), "binary", "log_loss")
    assert wrong == pytest.approx(-math.log(MARGIN_OF_TRIALS))


@pytest.mark.parametrize("block", [1, 20])
def test_the_interval_of_independent_samples_is_the_one_of_the_delta_method(block: int) -> None:
    generator = np.random.default_rng(0)
    y, noise = generator.normal(size=(2, 4000, 1))
    wrong, constant = (noise * 0.8) ** 2, y**2
    skill = measured_skill(wrong, constant)
    error = (wrong - (1 - skill) * constant).std() / constant.mean() / math.sqrt(len(y))
    low, high = skill_interval(wrong, constant, tail=0.025, block=block, generator=generator)
    assert low == pytest.approx(skill - 1.96 * error, abs=0.25 * error)
    assert high == pytest.approx(skill + 1.96 * error, abs=0.25 * error)


def test_blocks_make_the_interval_as_wide_as_dependence_makes_the_error() -> None:
    """The share of independent series whose interval holds the true skill, with and without blocks."""
    held = {True: 0, False: 0}
    for seed in range(150):
        generator = np.random.default_rng(seed)
        gain = autoregressive(generator, 400, 0.8)[:, np.newaxis]
        constant = np.ones_like(gain)
        for in_blocks in held:
            block = block_length(gain[:, 0], 1) if in_blocks else 1
            low, high = skill_interval(
                constant - gain, constant, tail=0.025, block=block, generator=generator
            )
            held[in_blocks] += low <= 0 <= high
    assert held[True] >= 0.9 * 150
    assert held[False] <= 0.6 * 150


def test_few_samples_widen_the_interval_like_students_t() -> None:
    covered = 0
    for seed in range(300):
        generator = np.random.default_rng(seed)
        gain = generator.normal(size=(6, 1))
        low, high = skill_interval(1 - gain, np.ones_like(gain), tail=0.05, block=1, generator=generator)
        covered += low <= 0 <= high
    assert stats.binom.cdf(covered, 300, 0.9) > 1e-3


@pytest.mark.parametrize("memory", [0.3, 0.6])
def test_the_block_length_nears_the_best_one_for_an_autoregressive_series(memory: float) -> None:
    values = autoregressive(np.random.default_rng(1), 20_000, memory)
    best = (1.5 * (2 * memory / (1 - memory**2)) ** 2 * 20_000) ** (1 / 3)  # Politis and White, example
    assert 0.7 * best < block_length(values, 1) < 1.4 * best


def test_blocks_are_no_shorter_than_windows_overlap_and_leave_a_few() -> None:
    noise = np.random.default_rng(0).normal(size=1000)
    assert block_length(noise, 1) == 10
    assert block_length(noise, 24) == 24
    assert block_length(noise, 600) == 200
    assert block_length(np.ones(3), 24) == 1


def test_an_output_that_does_not_vary_is_left_out() -> None:
    wrong, constant = np.array([[1.0, 5.0], [1.0, 5.0]]), np.array([[2.0, 0.0], [2.0, 0.0]])
    assert measured_skill(wrong, constant) == 0.5
    generator = np.random.default_rng(0)
    assert skill_interval(wrong, constant, tail=0.1, block=1, generator=generator) == (0.5, 0.5)
    assert measured_skill(wrong, 0 * constant) == -math.inf
    assert skill_interval(wrong, 0 * constant, tail=0.1, block=1, generator=generator) == (-math.inf,) * 2
