from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from remedy.data.array_source import Samples
from remedy.data.user_arrays import raw_data
from remedy.errors import DataError

tf: Any = pytest.importorskip("tensorflow")

X = np.random.default_rng(0).normal(size=(25, 6, 2))
Y = X[:, 0, 0]
LENGTHS = np.tile([2, 5, 3, 1, 4], 5)


def _samples(stream: Any) -> Samples:
    return raw_data("it", stream).samples["all"]


def _pairs(*, text: bool = False) -> Any:
    return tf.data.Dataset.from_tensor_slices((X, Y.astype(str) if text else Y))


@pytest.mark.parametrize(
    "make",
    [
        lambda: _pairs(),
        lambda: _pairs().batch(8),
        lambda: _pairs().batch(8).prefetch(2),
        lambda: (tf.constant(X), tf.constant(Y)),
        lambda: _pairs().repeat(3).take(25),
    ],
)
def test_a_stream_is_the_samples_in_their_order(make: Callable[[], Any]) -> None:
    samples = _samples(make())
    np.testing.assert_array_equal(samples.X["X"], X)
    np.testing.assert_array_equal(samples.y, Y)


def test_several_inputs_and_text() -> None:
    named = tf.data.Dataset.from_tensor_slices(({"a": X, "b": Y}, Y.astype(str))).batch(4)
    samples = _samples(named)
    np.testing.assert_array_equal(samples.X["b"], Y)
    assert samples.y.tolist() == Y.astype(str).tolist()
    listed = _samples(tf.data.Dataset.from_tensor_slices(((X, Y), Y)))
    assert list(listed.X) == ["input_1", "input_2"]


def _ragged(batch: int | None) -> Any:
    sequences = tf.RaggedTensor.from_tensor(X, lengths=LENGTHS)
    if batch is None:
        return sequences, Y
    return tf.data.Dataset.from_tensor_slices((sequences, Y)).batch(batch)


def _generated() -> Any:
    spec = (tf.TensorSpec((None, 2)), tf.TensorSpec(()))
    return tf.data.Dataset.from_generator(
        lambda: ((x[:length], y) for x, y, length in zip(X, Y, LENGTHS, strict=True)), output_signature=spec
    )


@pytest.mark.parametrize("make", [lambda: _ragged(None), lambda: _ragged(4), _generated])
def test_sequences_of_different_lengths_are_padded(make: Callable[[], Any]) -> None:
    samples = _samples(make())
    assert samples.lengths is not None
    assert samples.lengths.tolist() == LENGTHS.tolist()
    real = np.arange(5) < LENGTHS[:, np.newaxis]
    np.testing.assert_allclose(samples.X["X"][real], X[:, :5][real], rtol=1e-6)
    assert not samples.X["X"][~real].any()


def _failing() -> Any:
    def rows() -> Any:
        yield X[0], Y[0]
        raise ValueError("row 1 is broken")

    return tf.data.Dataset.from_generator(rows, output_signature=(tf.TensorSpec((6, 2)), tf.TensorSpec(())))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: _pairs().repeat(), r"never ends; leave out repeat\(\)"),
        (lambda: tf.data.Dataset.from_tensor_slices(X), r"no pairs \(x, y\)"),
        (lambda: tf.data.Dataset.from_tensor_slices((X, Y, Y)), r"no pairs \(x, y\)"),
        (lambda: _pairs().take(0), "is empty"),
        (lambda: _pairs().batch(5, drop_remainder=True), "samples as well as batches"),
        (lambda: _generated().padded_batch(2), "padded to different lengths"),
        (_failing, "failed: .*row 1 is broken"),
    ],
)
def test_a_stream_that_is_no_data_says_so(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        _samples(make())
    assert "\n" not in str(caught.value)


def test_a_stream_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("remedy.data.stream._MOST_ELEMENTS", 30)
    endless = tf.data.Dataset.from_generator(
        lambda: itertools.repeat((X[0], Y[0])), output_signature=(tf.TensorSpec((6, 2)), tf.TensorSpec(()))
    )
    with pytest.raises(DataError, match="has not ended after 30 elements"):
        _samples(endless)
