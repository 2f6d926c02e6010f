"""Records the gradients of a step where the step has them anyway."""

from __future__ import annotations

import functools
from typing import Any

import keras
import tensorflow as tf


def with_gradient_recorder(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """The same optimizer, which also records the squared norm of each variable's gradient, before clipping.

    The copy updates weights exactly as the original, and has two things more: `forget_gradients()`, and
    `recorded_gradients`, a tensor `(1 + variables,)`: how often gradients were applied since then, and the
    sum of their squares for each variable that the optimizer was built for. A step whose gradients the
    scaling of a mixed-precision loss skips is not applied.
    """
    recording = _recording_class(type(optimizer))  # type: ignore[arg-type]
    recorder: keras.optimizers.Optimizer = recording.from_config(optimizer.get_config())
    return recorder


@functools.cache
def _recording_class(base: Any) -> Any:
    class GradientRecorder(base):
        def build(self, variables: Any) -> None:
            super().build(variables)
            if not hasattr(self, "_squares"):
                shape = (1 + len(variables),)
                self._squares = keras.Variable(tf.zeros(shape), trainable=False, name="gradient_squares")

        def apply(self, grads: Any, trainable_variables: Any = None) -> None:
            grads = list(grads)
            variables = self._trainable_variables if trainable_variables is None else [*trainable_variables]
            if not self.built:
                self.build(variables)
            squares = [tf.zeros(())] * self._squares.shape[0]
            squares[0] = tf.ones(())
            for grad, variable in zip(grads, variables, strict=True):
                if grad is not None:
                    # An embedding's gradient comes as slices, of which several may be of the same row.
                    dense = tf.cast(tf.convert_to_tensor(grad), "float32")
                    dense = dense / (self.loss_scale_factor or 1.0)
                    squares[1 + self._get_variable_index(variable)] = tf.reduce_sum(tf.square(dense))
            self._squares.assign_add(tf.stack(squares))
            if any(grad is not None for grad in grads):  # Keras raises an error where there is none at all
                super().apply(grads, trainable_variables)

        def forget_gradients(self) -> None:
            self._squares.assign(tf.zeros_like(self._squares.value))

        @property
        def recorded_gradients(self) -> Any:
            return self._squares.value

    return GradientRecorder
