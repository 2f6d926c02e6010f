"""The optimizer of a training: measures the gradient norm, and clips at a norm that can be changed."""

from __future__ import annotations

import functools
from typing import Any

import keras
from keras import ops

from remedy.training.backend import is_sparse, to_dense


def trial_optimizer(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """The same optimizer, which also sums up the global norm of the gradients it is given, before clipping.

    The copy updates weights exactly as the original and has three methods more: `mean_gradient_norm()`, over
    the steps since the last `reset_gradient_norm()`, and `set_clipnorm()`, which needs no new graph unless it
    turns clipping on or off where there are gradients of an `Embedding`. The norm is measured within the
    training step, where it costs next to nothing.
    """
    own = _trial_class(type(optimizer))  # type: ignore[arg-type]
    copy: keras.optimizers.Optimizer = own.from_config(optimizer.get_config())
    return copy


@functools.cache
def _trial_class(base: Any) -> Any:
    class TrialOptimizer(base):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            # Tracked as the optimizer's own variables, so that stateless backends carry them along.
            self._norm_total = keras.Variable(0.0, dtype="float32", trainable=False, name="norm_total")
            self._norm_steps = keras.Variable(0.0, dtype="float32", trainable=False, name="norm_steps")
            self._clip_norm = keras.Variable(
                self.clipnorm or 0.0, dtype="float32", trainable=False, name="clip_norm"
            )

        def apply(self, grads: Any, trainable_variables: Any = None) -> None:
            grads = list(grads)
            # An embedding's gradient comes as slices, of which several may be of the same row.
            dense = [ops.cast(to_dense(grad), "float32") for grad in grads if grad is not None]
            squares = [ops.sum(ops.square(grad)) for grad in dense]
            self._norm_total.assign_add(ops.sqrt(sum(squares)) / (self.loss_scale_factor or 1.0))
            self._norm_steps.assign_add(1.0)
            super().apply(grads, trainable_variables)

        def reset_gradient_norm(self) -> None:
            self._norm_total.assign(0.0)
            self._norm_steps.assign(0.0)

        def mean_gradient_norm(self) -> float:
            steps = float(ops.convert_to_numpy(self._norm_steps))
            return float(ops.convert_to_numpy(self._norm_total)) / steps if steps else float("nan")

        def set_clipnorm(self, norm: float | None) -> None:
            self.clipnorm = norm
            self._clip_norm.assign(norm or 0.0)

        def _clip_gradients(self, grads: Any) -> Any:
            clips_otherwise = self.global_clipnorm is not None or self.clipvalue is not None
            is_own = base._clip_gradients is not keras.optimizers.Optimizer._clip_gradients
            if clips_otherwise or is_own or any(map(is_sparse, grads)):
                return super()._clip_gradients(grads)
            is_on = self._clip_norm > 0
            return [
                grad if grad is None else ops.where(is_on, self._clip_by_norm(grad), grad) for grad in grads
            ]

        def _clip_by_norm(self, values: Any, axes: Any = None) -> Any:
            # Keras' own arithmetic, with a variable of the graph in the place of a constant.
            norm = self.clipnorm
            self.__dict__["clipnorm"] = ops.cast(self._clip_norm, values.dtype)
            try:
                return super()._clip_by_norm(values, axes)
            finally:
                self.__dict__["clipnorm"] = norm

    return TrialOptimizer
