"""Records loss, gradients and predictions inside the training step, where they cost next to nothing."""

from __future__ import annotations

import contextlib
import inspect
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from remedy.monitor.model_facts import WatchedLayer, inner_optimizer, loss_name

_AS_THEY_ARE = frozenset({"mean_squared_error", "mean_absolute_error", "huber", "log_cosh"})
_BINARY = frozenset({"binary_crossentropy", "binary_focal_crossentropy"})
_CLASSES = frozenset({"categorical_crossentropy", "categorical_focal_crossentropy"})
_SPARSE = "sparse_categorical_crossentropy"

_MOST_OUTPUTS = 1000
"""Comparing predictions of more classes with their targets would cost more than it tells."""


@dataclass(frozen=True)
class Fit:
    """How the predictions of some batches compare with their targets, as they were trained on.

    Attributes:
        skill: 1 - squared error / squared error of the targets' own mean (for classes that of the
            probabilities, Brier's skill score), mean over outputs.
        spread: standard deviation of the predictions over that of the targets, mean over outputs.
    """

    skill: float
    spread: float


class Recorder:
    """Variables that every training step of a model writes to, and what can be read off them.

    The recorded operations only read what the step computes; they change no number of the training. They
    become part of the compiled step, so a recorder stays with the train function that it was traced into.

    Args:
        model: compiled.
        layers: what to record gradients of.

    Attributes:
        layers: likewise.
    """

    def __init__(self, model: keras.Model, layers: Sequence[WatchedLayer]) -> None:
        self.layers = tuple(layers)
        self._names = [layer.name for layer in layers]
        self._index = {id(variable): i for i, layer in enumerate(layers) for variable in layer.variables}
        self._loss, self._from_logits = loss_name(model.loss)
        count = len(self._names)
        self._steps = tf.Variable(0, dtype=tf.int64, trainable=False)
        self._squares = tf.Variable(tf.zeros(count), trainable=False)
        # Sums stay not finite from the first such term on: the steps before it are all it takes to find it.
        self._sum_of_squares = tf.Variable(tf.zeros(count, tf.float64), trainable=False)
        self._finite_steps = tf.Variable(tf.zeros(count, tf.int64), trainable=False)
        self._sum_of_losses = tf.Variable(0, dtype=tf.float64, trainable=False)
        self._finite_losses = tf.Variable(0, dtype=tf.int64, trainable=False)
        self._moments: tf.Variable | None = None
        optimizer = inner_optimizer(model.optimizer)
        patches = [(model, "compute_loss", self._recording_loss(model))]
        if optimizer is not None:
            patches.append((optimizer, "apply", self._recording_apply(optimizer)))
        self._patches = [(*patch, patch[0].__dict__.get(patch[1])) for patch in patches]

    @contextlib.contextmanager
    def attached(self) -> Iterator[None]:
        """While it lasts, training steps of the model that run or are traced are recorded."""
        # Into the instances' dictionaries: Keras tracks what is assigned to attributes.
        for owner, name, recording, _ in self._patches:
            owner.__dict__[name] = recording
        try:
            yield
        finally:
            for owner, name, _, before in self._patches:
                if before is None:
                    del owner.__dict__[name]
                else:
                    owner.__dict__[name] = before

    def _recording_apply(self, optimizer: Any) -> Any:
        original = optimizer.apply

        def apply(grads: Any, trainable_variables: Any = None) -> Any:
            grads = list(grads)
            given = optimizer._trainable_variables if trainable_variables is None else trainable_variables
            variables = list(given)
            self._record_gradients(grads, variables, optimizer.loss_scale_factor or 1.0)
            return original(grads, None if trainable_variables is None else variables)

        return apply

    def _recording_loss(self, model: Any) -> Any:
        original = model.compute_loss
        signature = inspect.signature(original)

        def compute_loss(*args: Any, **kwargs: Any) -> Any:
            loss = original(*args, **kwargs)
            given = signature.bind(*args, **kwargs).arguments
            self._record_loss(loss)
            self._record_predictions(given.get("y"), given.get("y_pred"))
            return loss

        return compute_loss

    def _record_gradients(self, grads: Sequence[Any], variables: Sequence[Any], scale: float) -> None:
        if not self._names:
            return  # nothing is built yet
        parts: list[list[Any]] = [[] for _ in self._names]
        for grad, variable in zip(grads, variables, strict=False):
            index = self._index.get(id(variable))
            if grad is not None and index is not None:
                # An embedding's gradient comes as slices; rows that occur twice count as two.
                values = grad.values if isinstance(grad, tf.IndexedSlices) else grad
                parts[index].append(tf.nn.l2_loss(tf.cast(values, tf.float32)))
        squares = tf.stack([tf.add_n(part) if part else tf.zeros(()) for part in parts]) * (2.0 / scale**2)
        self._steps.assign_add(1)
        self._squares.assign(squares)
        total = self._sum_of_squares.assign_add(tf.cast(squares, tf.float64))
        self._finite_steps.assign_add(tf.cast(tf.math.is_finite(total), tf.int64))

    def _record_loss(self, loss: Any) -> None:
        if not tf.is_tensor(loss) or loss.shape.rank != 0:
            return
        total = self._sum_of_losses.assign_add(tf.cast(loss, tf.float64))
        self._finite_losses.assign_add(tf.cast(tf.math.is_finite(total), tf.int64))

    def _record_predictions(self, y: Any, predictions: Any) -> None:
        pair = self._comparable(y, predictions)
        if pair is None:
            return
        y, predictions = pair
        units = predictions.shape[-1]
        if self._moments is None:
            with tf.init_scope():
                self._moments = tf.Variable(tf.zeros((units, 4, 4), tf.float64), trainable=False)
        y, predictions = (_rows(tf.cast(array, tf.float64), units) for array in (y, predictions))
        terms = tf.stack([tf.ones_like(y), y, predictions, y - predictions], axis=-1)
        self._moments.assign_add(tf.einsum("nui,nuj->uij", terms, terms))

    def _comparable(self, y: Any, predictions: Any) -> tuple[Any, Any] | None:
        """Targets and predictions in the same shape and unit; `None` if they are of different kinds."""
        if not (tf.is_tensor(y) and tf.is_tensor(predictions)) or y.dtype == tf.string:
            return None
        if predictions.shape.rank is None or y.shape.rank is None or predictions.shape.rank < 2:
            return None
        units = predictions.shape[-1]
        if units is None or units > _MOST_OUTPUTS or getattr(predictions, "_keras_mask", None) is not None:
            return None
        if self._loss == _SPARSE:
            if y.shape.rank == predictions.shape.rank and y.shape[-1] == 1:
                y = tf.squeeze(y, -1)
            if y.shape.rank != predictions.shape.rank - 1:
                return None
            y = tf.one_hot(tf.cast(y, tf.int32), units)
            return y, tf.nn.softmax(predictions) if self._from_logits else predictions
        if y.shape.rank == predictions.shape.rank - 1 and units == 1:
            y = tf.expand_dims(y, -1)
        if y.shape.rank != predictions.shape.rank or y.shape[-1] != units:
            return None
        if self._loss in _AS_THEY_ARE:
            return y, predictions
        if self._loss in _BINARY:
            return y, tf.sigmoid(predictions) if self._from_logits else predictions
        if self._loss in _CLASSES:
            return y, tf.nn.softmax(predictions) if self._from_logits else predictions
        return None

    def reset(self) -> None:
        """Forget what was recorded."""
        variables = [self._steps, self._squares, self._sum_of_squares, self._finite_steps]
        for variable in (*variables, self._sum_of_losses, self._finite_losses, self._moments):
            if variable is not None:
                variable.assign(tf.zeros_like(variable))

    @property
    def steps(self) -> int:
        """Steps whose gradients were seen."""
        return int(self._steps.numpy())

    def gradients(self) -> dict[str, float]:
        """Norm of the last step's gradient, before clipping, for each layer."""
        return dict(zip(self._names, map(math.sqrt, self._squares.numpy().tolist()), strict=True))

    def mean_loss(self) -> float:
        """Mean loss of all steps; NaN if there was none or one was not finite."""
        total, count = float(self._sum_of_losses.numpy()), int(self._finite_losses.numpy())
        return total / count if count and math.isfinite(total) else math.nan

    def first_bad_step(self) -> tuple[int, bool, tuple[str, ...]] | None:
        """The first step that was not finite, whether its loss was, and whose gradients were not."""
        finite = self._finite_steps.numpy()
        bad_gradients = int(finite.min(initial=self.steps))
        bad_loss = None if math.isfinite(self._sum_of_losses.numpy()) else int(self._finite_losses.numpy())
        if bad_loss is None and bad_gradients == self.steps:
            return None
        before = bad_gradients if bad_loss is None else min(bad_gradients, bad_loss)
        names = [name for name, steps in zip(self._names, finite, strict=True) if steps == before]
        is_gradient = before < self.steps
        return before + 1, bad_loss == before, tuple(names) if is_gradient else ()

    def take_fit(self) -> Fit | None:
        """Predictions against targets since the last call; `None` if they cannot be compared."""
        if self._moments is None:
            return None
        products = self._moments.numpy()
        count, y, predictions = products[:, 0, :3].T
        y_squares, prediction_squares, errors = (products[:, i, i] for i in (1, 2, 3))
        self._moments.assign(tf.zeros_like(self._moments))
        with np.errstate(invalid="ignore", over="ignore"):
            variation = y_squares - y * y / np.maximum(count, 1)
            around_mean = prediction_squares - predictions * predictions / np.maximum(count, 1)
        varies = (variation > 1e-12 * y_squares) & np.isfinite(errors) & (count > 1)
        if not varies.any():
            return None
        skills = 1 - errors[varies] / variation[varies]
        spreads = np.sqrt(np.maximum(around_mean[varies], 0) / variation[varies])
        return Fit(float(skills.mean()), float(spreads.mean()))


def _rows(array: Any, units: int) -> Any:
    return array if array.shape.rank == 2 else tf.reshape(array, (-1, units))
