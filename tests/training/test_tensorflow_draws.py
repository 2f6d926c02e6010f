"""TensorFlow's random numbers, drawn without it, are those that TensorFlow draws."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remedy.training.backend.tensorflow_draws import (
    normal,
    permutation,
    tensorflow_draws,
    truncated_normal,
    uniform,
)

if keras.backend.backend() != "tensorflow":
    pytest.skip("compares with TensorFlow", allow_module_level=True)

import tensorflow as tf

from remedy.training.backend.tensorflow import shuffled

shapes = st.lists(st.integers(1, 40), min_size=1, max_size=3).map(tuple)
# What Keras draws for an initialiser that has none, and the counter of a generator.
seeds = st.tuples(st.integers(1, 10**9), st.integers(0, 1000))


@given(shapes, seeds, st.floats(-2, 0), st.floats(0.01, 2))
def test_uniform_numbers(shape: tuple[int, ...], seed: tuple[int, int], low: float, high: float) -> None:
    expected = tf.random.stateless_uniform(shape, seed, tf.constant(low), tf.constant(high)).numpy()
    np.testing.assert_array_equal(uniform(shape, low, high, np.array(seed)), expected)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(normal, tf.random.stateless_normal), (truncated_normal, tf.random.stateless_truncated_normal)],
    ids=["normal", "truncated normal"],
)
@given(shape=shapes, seed=seeds, mean=st.floats(-2, 2), deviation=st.floats(0.01, 2))
def test_normal_numbers(
    ours: Any, theirs: Any, shape: tuple[int, ...], seed: tuple[int, int], mean: float, deviation: float
) -> None:
    expected = theirs(shape, seed, mean, deviation).numpy()
    np.testing.assert_allclose(ours(shape, mean, deviation, np.array(seed)), expected, rtol=1e-5, atol=2e-6)


@given(st.integers(1, 2000), st.integers(0, 2**32 - 1))
def test_orders_of_samples(count: int, seed: int) -> None:
    keras.utils.set_random_seed(seed)
    order = permutation(count, seed)
    np.testing.assert_array_equal(order, shuffled(count, seed))
    assert sorted(order) == list(range(count))


def test_initialisers_draw_the_same_within_the_context() -> None:
    names = ["GlorotUniform", "HeNormal", "Orthogonal", "RandomNormal", "TruncatedNormal", "LecunUniform"]
    expected = [getattr(keras.initializers, name)(seed=11)((9, 7)).numpy() for name in names]
    with tensorflow_draws():
        drawn = [np.asarray(getattr(keras.initializers, name)(seed=11)((9, 7))) for name in names]
    for name, one, other in zip(names, drawn, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=2e-6, err_msg=name)
