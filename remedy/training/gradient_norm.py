"""Measures the gradient norm inside the training step, where it costs next to nothing."""

from __future__ import annotations

import functools
from typing import Any

import keras
import tensorflow as tf
from keras import ops


def with_gradient_norm(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """The same optimizer, which also sums up the global norm of the gradients it is given, before clipping.

    The copy updates weights exactly as the original and has two methods more: `mean_gradient_norm()`, over
    the steps since the last `reset_gradient_norm()`.
    """
    recording = _recording_class(type(optimizer))  # type: ignore[arg-type]
    recorder: keras.optimizers.Optimizer = recording.from_config(optimizer.get_config())
    return recorder


@functools.cache
def _recording_class(base: Any) -> Any:
    class GradientNormRecorder(base):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            # Tracked as the optimizer's own variables, so that stateless backends carry them along.
            self._norm_total = keras.Variable(0.0, dtype="float32", trainable=False, name="norm_total")
            self._norm_steps = keras.Variable(0.0, dtype="float32", trainable=False, name="norm_steps")

        def apply(self, grads: Any, trainable_variables: Any = None) -> None:
            grads = list(grads)
            # An embedding's gradient comes as slices, of which several may be of the same row.
            dense = [ops.cast(tf.convert_to_tensor(grad), "float32") for grad in grads if grad is not None]
            squares = [ops.sum(ops.square(grad)) for grad in dense]
            self._norm_total.assign_add(ops.sqrt(sum(squares)))
            self._norm_steps.assign_add(1.0)
            super().apply(grads, trainable_variables)

        def reset_gradient_norm(self) -> None:
            self._norm_total.assign(0.0)
            self._norm_steps.assign(0.0)

        def mean_gradient_norm(self) -> float:
            steps = float(ops.convert_to_numpy(self._norm_steps))
            return float(ops.convert_to_numpy(self._norm_total)) / steps if steps else float("nan")

    return GradientNormRecorder
