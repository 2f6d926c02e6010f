"""Training steps on JAX, which is loaded when it is used: without it this file can still be read."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import keras
import numpy as np
from keras.src.utils import module_utils
from numpy.typing import NDArray

from remedy.training.backend.tensorflow_draws import permutation, tensorflow_draws

Step = Callable[[Any], Any]


def compile_step(model: keras.Model, name: str, sample: Any) -> Step:
    """The training or validation step of a compiled model, compiled for every size of a batch.

    Args:
        model: compiled.
        name: `train` or `test`.
        sample: a batch: x, y, and the weights of the samples if they have any.

    Returns:
        A function of a batch that changes the model's variables and returns Keras' logs.
    """
    import jax

    model._symbolic_build(data_batch=sample)  # metrics have their variables only then
    groups = [model.trainable_variables, model.non_trainable_variables]
    groups += [model.optimizer.variables] if name == "train" else []
    groups += [model.metrics_variables]
    step = model.train_step if name == "train" else model.test_step
    if not model.run_eagerly:
        step = jax.jit(step, donate_argnums=0)

    def run(batch: Any) -> Any:
        logs, state = step(tuple([variable.value for variable in group] for group in groups), batch)
        for group, values in zip(groups, state, strict=True):
            for variable, value in zip(group, values, strict=True):
                variable._direct_assign(value)  # `assign` checks what cannot be wrong here
        return jax.block_until_ready(logs)

    return run


def leave_tensorflow_out() -> None:
    """Keep Keras from loading TensorFlow, in seconds, only to set its random seed."""
    module_utils.tensorflow._available = False


def to_tensor(array: NDArray[Any]) -> Any:
    """The array as the steps take it."""
    import jax

    return jax.device_put(array)


def shuffled(count: int, seed: int) -> NDArray[np.int64]:
    """The order in which `fit` takes samples on TensorFlow, for every epoch the same."""
    return permutation(count, seed)


def starting_draws() -> AbstractContextManager[None]:
    """Within it, initial weights are drawn as TensorFlow draws them."""
    return tensorflow_draws()


def is_sparse(gradient: Any) -> bool:
    """Gradients of JAX never are."""
    del gradient
    return False


def to_dense(gradient: Any) -> Any:
    """A gradient as one tensor."""
    return gradient
