"""Training steps on TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import tree
from numpy.typing import NDArray

from remedy.training.backend.lstm_kernels import lstm_kernels
from remedy.training.whole_batches import fixed_batch_size

Step = Callable[[Any], Any]


def compile_step(model: keras.Model, name: str, sample: Any) -> Step:
    """The training or validation step of a compiled model, traced once for batches of any size.

    Args:
        model: compiled.
        name: `train` or `test`.
        sample: a batch: x, y, and the weights of the samples if they have any.

    Returns:
        A function of a batch of tensors that returns Keras' logs.
    """
    step = model.train_step if name == "train" else model.test_step
    if model.run_eagerly:
        return step  # type: ignore[no-any-return]
    fixed = fixed_batch_size(model)
    signature = tree.map_structure(
        lambda array: tf.TensorSpec((fixed, *array.shape[1:]), array.dtype), sample
    )
    function = tf.function(
        step if model.jit_compile else _with_kernels(model, step),
        input_signature=[signature],
        autograph=False,
        # Compiling validation with XLA takes longer than it saves.
        jit_compile=bool(model.jit_compile) and name == "train",
    )
    # Called directly: finding it anew costs 0.3 ms of every step.
    concrete: Step = function.get_concrete_function()
    return concrete


def to_tensor(array: NDArray[Any]) -> Any:
    """The array as the steps take it."""
    return tf.convert_to_tensor(array)


def shuffled(count: int, seed: int) -> NDArray[np.int64]:
    """The order in which `fit` takes samples: with a global seed it draws the same one for every epoch."""
    del seed  # it is the global one

    def permutation(_: Any) -> Any:
        return tf.random.shuffle(tf.range(count, dtype=tf.int64))

    orders = tf.data.Dataset.range(1).map(permutation)
    order: NDArray[np.int64] = next(iter(orders)).numpy()
    return order


def is_sparse(gradient: Any) -> bool:
    """Whether a gradient comes as slices, of which several may be of the same row."""
    return isinstance(gradient, tf.IndexedSlices)


def to_dense(gradient: Any) -> Any:
    """A gradient as one tensor."""
    return tf.convert_to_tensor(gradient)


def starting_draws() -> AbstractContextManager[None]:
    """Within it, initial weights are drawn as TensorFlow draws them: here they are anyway."""
    return nullcontext()


def _with_kernels(model: keras.Model, step: Step) -> Step:
    def traced(batch: Any) -> Any:
        with lstm_kernels(model):
            return step(batch)

    return traced
