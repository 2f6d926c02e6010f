"""A training that can be taken step by step, put back to where it was, and looked into."""

from __future__ import annotations

import math
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops
from numpy.typing import NDArray

from remedy.errors import TrainingError
from remedy.models.build import build_optimizer
from remedy.plan import Plan
from remedy.training.backend.lstm_kernels import lstm_kernels
from remedy.training.batches import samples_for
from remedy.training.given_labels import training_loss
from remedy.training.probe.gradient_recorder import with_gradient_recorder
from remedy.training.probe.probed_layers import ProbedLayer, probed_layers
from remedy.training.probe.units import Seen, UnitObserver, combined
from remedy.training.starting_point import StartingPoint
from remedy.training.target_coding import class_weights, coded_targets, sample_weights
from remedy.training.whole_batches import fixed_batch_size, is_stateful, reset_states

Samples = NDArray[np.intp]
"""Indices of samples in the training split."""

State = list[NDArray[Any]]

_INPUTS_AT_ONCE = 1 << 22
"""So many numbers go through the model at once where nothing is trained."""


@dataclass(frozen=True)
class Step:
    """What one step of training showed.

    Attributes:
        loss: of the batch, before the step.
        squares: squared norm of the gradient for each trainable variable; `None` if no gradient was applied,
            as when the scaling of a mixed-precision loss skips a step.
        finite: whether loss, gradient and the weights after the step are finite numbers.
    """

    loss: float
    squares: NDArray[np.float64] | None
    finite: bool

    @property
    def norm(self) -> float:
        """Global norm of the gradient; NaN if none was applied."""
        return math.nan if self.squares is None else math.sqrt(self.squares.sum())


class Bench:
    """The model of a plan, compiled like for a training, with the training split.

    Args:
        plan: what is trained.
        start: its starting point.
        units: classes or targets.

    Attributes:
        model: compiled.
        layers: with weights.
        batch_size: samples in a batch.
        ordered: whether batches must come in the order of the samples, all of the same size.
    """

    def __init__(self, plan: Plan, start: StartingPoint, units: int) -> None:
        self.plan = plan
        self.start = start
        self.model = start.model
        self.layers: list[ProbedLayer] = probed_layers(self.model)
        self.batch_size: int = fixed_batch_size(self.model) or plan.batch_size
        self.ordered = is_stateful(self.model)
        self._recorder: Any = with_gradient_recorder(build_optimizer(plan))
        self.model.compile(optimizer=self._recorder, loss=training_loss(plan), run_eagerly=plan.run_eagerly)
        self.model.optimizer.build(self.model.trainable_variables)
        self.targets = coded_targets(plan, start.preprocessor, start.train.y, units)
        self._weights = sample_weights(class_weights(plan, start.train.y), start.train.y)
        self._observer = UnitObserver(self.model, self.layers)
        sample = self.data(np.arange(1))
        self._train = self._traced(self._train_step, *sample)
        self._observe = self._traced(self._observer.observe, sample[0])

    @property
    def learning_rate(self) -> float | None:
        """The rate of the next step; `None` if it cannot be set, as with a schedule."""
        if not isinstance(self._recorder._learning_rate, keras.Variable):  # nothing public tells
            return None
        return float(ops.convert_to_numpy(self._recorder.learning_rate))

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self._recorder.learning_rate = rate

    @property
    def skips_steps(self) -> bool:
        """Whether a step may be skipped because the loss was scaled up too far, as in mixed precision."""
        return isinstance(self.model.optimizer, keras.optimizers.LossScaleOptimizer)

    def data(self, samples: Samples) -> tuple[Any, ...]:
        """What a step gets: x, y, and a weight per sample if classes are weighed."""
        samples = np.sort(samples)  # what lies together on disk is read together
        x = samples_for(self.model, self.start.preprocessor, self.start.train, samples)
        data = (x, self.targets[samples])
        return data if self._weights is None else (*data, self._weights[samples])

    def step(self, data: tuple[Any, ...]) -> Step:
        """Train on one batch.

        Raises:
            TrainingError: the user's own `train_step` reports no loss.
        """
        loss, finite, recorded = self._train(*data)
        values = np.asarray(ops.convert_to_numpy(recorded), np.float64)
        squares = values[1:] if values[0] else None
        loss = float(ops.convert_to_numpy(loss))
        known = math.isfinite(loss) and (squares is None or bool(np.isfinite(squares).all()))
        return Step(loss, squares, known and bool(finite))

    def state(self) -> State:
        """All weights, states of random generators, and variables of the optimizer."""
        return [np.array(ops.convert_to_numpy(variable)) for variable in self._variables()]

    def restore(self, state: State) -> None:
        """Go back to a state."""
        for variable, value in zip(self._variables(), state, strict=True):
            variable.assign(value)
        self.empty_states()

    def empty_states(self) -> None:
        """Forget the samples before, where layers carry a state from one batch to the next."""
        if self.ordered:
            reset_states(self.model)

    def look(self, samples: Samples) -> tuple[NDArray[np.float64], Seen]:
        """Predictions for some samples, in inference mode, and what the units of the layers did.

        Args:
            samples: as many as fill whole batches if the model fixes their size.
        """
        self.empty_states()
        outputs, seen = [], Seen()
        size = fixed_batch_size(self.model) or self._samples_at_once()
        for first in range(0, len(samples), size):
            chunk = samples_for(
                self.model, self.start.preprocessor, self.start.train, samples[first : first + size]
            )
            predicted, found = self._observe(chunk)
            outputs.append(np.asarray(ops.convert_to_numpy(predicted), np.float64))
            arrays = keras.tree.map_structure(ops.convert_to_numpy, found)
            seen = {key: combined(seen.get(key, {}), value) for key, value in arrays.items()}
        self.empty_states()
        return np.concatenate(outputs), seen

    def _samples_at_once(self) -> int:
        numbers: int = sum(math.prod(array.shape[1:]) for array in keras.tree.flatten(self.start.sample))
        return max(self.batch_size, min(256, _INPUTS_AT_ONCE // max(numbers, 1)))

    def _variables(self) -> list[Any]:
        return [*self.model.variables, *self.model.optimizer.variables]

    def _train_step(self, *data: Any) -> tuple[Any, Any, Any]:
        self.model.reset_metrics()  # what Keras reports is the mean since then
        self._recorder.forget_gradients()
        with nullcontext() if self.plan.run_eagerly else lstm_kernels(self.model):
            logs = self.model.train_step(data)
        if "loss" not in logs:
            raise TrainingError(
                f"the model's train_step reports {', '.join(logs) or 'nothing'}; it has to return its 'loss'"
            )
        finite = [tf.reduce_all(tf.math.is_finite(v.value)) for v in self.model.trainable_variables]
        return logs["loss"], tf.reduce_all(finite), self._recorder.recorded_gradients

    def _traced(self, function: Any, *sample: Any) -> Any:
        """The function, traced for any number of samples unless the user wants it run as it is."""
        if self.plan.run_eagerly:
            return function
        fixed = fixed_batch_size(self.model)
        signature = keras.tree.map_structure(
            lambda array: tf.TensorSpec((fixed, *array.shape[1:]), array.dtype), sample
        )
        return tf.function(function, input_signature=signature, autograph=False)
