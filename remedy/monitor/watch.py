"""Looks at a model while it trains: wraps its train function, and takes it off again."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from remedy.monitor.model_facts import WatchedLayer, inner_optimizer, watched_layers
from remedy.monitor.recorder import Fit, Recorder
from remedy.monitor.seen import LayerSeen
from remedy.monitor.weight_changes import SAMPLES, WeightChanges, layers_that_are_not_finite

EVERY = 20
"""Calls of the train function between two looks at the loss; at first at gradients and weights as well."""

EVERY_LATER = 100
"""Calls between two looks at gradients and weights after the first `OFTEN`, since reading takes time."""

OFTEN = 500
"""Calls of the train function through which gradients and weights are looked at every `EVERY` of them."""

_RECORDER = "_remedy_recorder"
_WATCHED = "_remedy_watched"


class Watch:
    """What a model's training steps do, through one or several calls of `fit`.

    Args:
        model: compiled.
        on_bad_step: called as soon as a loss or a gradient is seen not to be finite.
    """

    def __init__(self, model: keras.Model, on_bad_step: Callable[[], None]) -> None:
        self.model = model
        self.steps = 0
        self.start_loss = math.nan
        self._on_bad_step = on_bad_step
        self._calls = 0
        self._recorder: Recorder | None = None
        self._layers: list[WatchedLayer] = []
        self._changes = WeightChanges([])
        self._gradients: deque[dict[str, float]] = deque(maxlen=SAMPLES)

    @property
    def sees_gradients(self) -> bool:
        """Whether any gradient has been seen."""
        return bool(self._gradients)

    def begin(self) -> None:
        """Wrap the train function that Keras has made; one that was traced without recording is made anew."""
        model = self.model
        layers = watched_layers(model)
        if not _same(layers, self._layers):
            self._layers, self._changes = layers, WeightChanges(layers)
            self._gradients.clear()
        model.train_function = getattr(model.train_function, _WATCHED, model.train_function)
        if not model.jit_compile and not _is_distributed(model):
            recorder = getattr(model.train_function, _RECORDER, None)
            if recorder is None or not _same(recorder.layers, layers):
                model.make_train_function(force=True)
                recorder = Recorder(model, layers)
                setattr(model.train_function, _RECORDER, recorder)
            elif recorder is not self._recorder:
                recorder.reset()  # it was another monitor's
            self._recorder = recorder
        self._wrap(model.train_function)

    def end(self) -> None:
        """Give the model its own train function back."""
        self.model.train_function = getattr(self.model.train_function, _WATCHED, self.model.train_function)

    def _wrap(self, inner: Any) -> None:
        is_complete = self.model.built and bool(self._layers)

        def watched(iterator: Any) -> Any:
            every = EVERY if self._calls < OFTEN else EVERY_LATER
            sampled = self._calls % every == EVERY // 2
            if sampled:
                self._changes.before()
            try:
                if self._recorder is None:
                    logs = inner(iterator)
                else:
                    with self._recorder.attached():
                        logs = inner(iterator)
            except (StopIteration, tf.errors.OutOfRangeError):
                raise
            except BaseException:
                self.end()  # on_train_end will not be called
                raise
            steps = self.model.steps_per_execution
            self._calls += 1
            self.steps += steps
            if not is_complete and not _same(watched_layers(self.model), self._layers):
                self.begin()  # the first step has built layers
                return logs
            if sampled:
                self._changes.after(steps)
            if sampled or (self._calls % EVERY == 0 and not _is_finite(logs)):
                self.look()
            return logs

        setattr(watched, _WATCHED, inner)
        self.model.train_function = watched

    def look(self) -> None:
        """Note the last step's gradients and whether anything was not finite."""
        recorder = self._recorder
        if recorder is None:
            return
        if math.isnan(self.start_loss):
            self.start_loss = recorder.mean_loss()
        if recorder.steps:
            self._gradients.append(recorder.gradients())
        if recorder.first_bad_step() is not None:
            self._on_bad_step()

    def take_fit(self) -> Fit | None:
        """Predictions against targets since the last call; `None` if they cannot be compared."""
        return self._recorder.take_fit() if self._recorder is not None else None

    def first_bad_step(self) -> tuple[int, bool, tuple[str, ...]] | None:
        """See `Recorder.first_bad_step`."""
        return self._recorder.first_bad_step() if self._recorder is not None else None

    def bad_weights(self) -> tuple[str, ...]:
        """The layers whose weights are not finite."""
        return layers_that_are_not_finite(self._layers)

    def layers(self) -> tuple[LayerSeen, ...]:
        """What was seen of every layer; nothing before the first look."""
        if not self._changes.samples:
            return ()
        return tuple(
            LayerSeen(
                name=layer.name,
                gradient=self._median([sample[layer.name] for sample in self._gradients]),
                update_ratio=self._changes.ratio(layer.name),
                has_kernel=any(len(variable.shape) > 1 for variable in layer.variables),
            )
            for layer in self._layers
        )

    def gradient_norm(self) -> float | None:
        """Global norm of the gradient, median of the last samples."""
        return self._median([math.hypot(*sample.values()) for sample in self._gradients])

    def learning_rate(self) -> float:
        """Of the next step; NaN if the optimizer has several."""
        rate = getattr(inner_optimizer(self.model.optimizer), "learning_rate", math.nan)
        return float(str(np.float32(keras.ops.convert_to_numpy(rate))))  # 1e-05, not 9.99999975e-06

    @staticmethod
    def _median(values: list[float]) -> float | None:
        return float(np.median(values)) if values else None


def _is_finite(logs: Any) -> bool:
    """Whether the loss that a step returns, Keras' mean of the epoch so far, is finite or not known."""
    loss = logs.get("loss") if isinstance(logs, Mapping) else None
    return loss is None or bool(np.isfinite(np.asarray(loss)).all())


def _is_distributed(model: keras.Model) -> bool:
    strategy = tf.distribute.get_strategy()
    return tf.distribute.has_strategy() or model.distribute_strategy is not strategy


def _same(layers: Sequence[WatchedLayer], others: Sequence[WatchedLayer]) -> bool:
    """Whether they hold the same variables; these are compared by identity, as `==` looks at their values."""
    one, other = (
        [[id(variable) for variable in layer.variables] for layer in side] for side in (layers, others)
    )
    return one == other
