"""What `keras.Model.fit` does with arrays, step by step the same numbers, without what it spends on feeding.

`fit` makes a new `tf.data` iterator for every epoch and three for every validation, 15 ms each, whose threads
then compete with the training for the cores. Here batches are cut from the arrays as they are needed, and the
compiled steps are called with them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import tree
from numpy.typing import NDArray

from remedy.training.backend import compile_step, shuffled, to_tensor

Batch = tuple[Any, ...]
"""x, y, and the weights of the samples if they have any."""

_HELD = 1 << 26
"""Bytes of a split up to which its batches are made once for all epochs."""


@dataclass(frozen=True)
class Arrays:
    """Samples to train or to validate on.

    Attributes:
        x: what the model takes; arrays with samples first.
        y: targets as the loss needs them, samples first.
        weights: of the samples; `None` weighs them alike.
    """

    x: Any
    y: NDArray[Any]
    weights: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        for name in ("x", "y"):
            object.__setattr__(self, name, tree.map_structure(_like_keras, getattr(self, name)))

    def batches(self, size: int, order: NDArray[np.int64] | None = None) -> Iterator[Batch]:
        """Batches in this order of the samples; the last one may have fewer."""
        data = (self.x, self.y) if self.weights is None else (self.x, self.y, self.weights)
        for start in range(0, len(self.y), size):
            chosen = slice(start, start + size) if order is None else order[start : start + size]
            yield tree.map_structure(lambda array, chosen=chosen: array[chosen], data)


class _Tensors:
    """The same batches for every epoch, as tensors."""

    def __init__(self, arrays: Arrays, size: int, order: NDArray[np.int64] | None = None) -> None:
        self._arrays, self._size, self._order = arrays, size, order
        size_in_memory = sum(array.nbytes for array in tree.flatten((arrays.x, arrays.y)))
        self._held = list(self._make()) if size_in_memory <= _HELD else None

    def __iter__(self) -> Iterator[Batch]:
        return self._make() if self._held is None else iter(self._held)

    def _make(self) -> Iterator[Batch]:
        for batch in self._arrays.batches(self._size, self._order):
            yield tree.map_structure(to_tensor, batch)


class Steps:
    """The training step and the validation step of a compiled model, compiled once for all batches.

    Args:
        model: compiled.

    Attributes:
        seconds: spent in steps so far, without those that had to be compiled.
    """

    def __init__(self, model: keras.Model) -> None:
        self._model = model
        self._compiled: dict[str, Callable[[Batch], Any]] = {}
        self.seconds = 0.0
        self._called: set[tuple[str, int]] = set()

    def train(self, sample: Batch) -> Callable[[Batch], Any]:
        """The step that trains on batches like this one, and returns Keras' logs."""
        return self._step("train", sample)

    def test(self, sample: Batch) -> Callable[[Batch], Any]:
        """The step that validates on batches like this one."""
        return self._step("test", sample)

    def _step(self, name: str, sample: Batch) -> Callable[[Batch], Any]:
        key = f"{name} {tree.map_structure(lambda array: (array.shape[1:], str(array.dtype)), sample)}"
        if key not in self._compiled:
            self._compiled[key] = compile_step(self._model, name, sample)
        step = self._compiled[key]

        def timed(batch: Batch) -> Any:
            started = time.perf_counter()
            logs = step(batch)
            call = (key, len(batch[1]))  # XLA compiles anew for every size of a batch
            if call in self._called:
                self.seconds += time.perf_counter() - started
            self._called.add(call)
            return logs

        return timed


def fit(
    model: keras.Model,
    steps: Steps,
    training: Arrays,
    validation: Arrays,
    *,
    epochs: int,
    batch_size: int,
    seed: int,
    callbacks: Sequence[keras.callbacks.Callback],
) -> None:
    """Train a model.

    Args:
        model: compiled, with its weights.
        steps: its own.
        training: shuffled as Keras does for the global seed.
        validation: in its order.
        epochs: passes over the training samples, unless a callback stops it.
        batch_size: samples in a batch.
        seed: the global one.
        callbacks: Keras callbacks, in the order in which they run.
    """
    train = steps.train(next(training.batches(1)))
    test = steps.test(next(validation.batches(1)))
    train_batches = _Tensors(training, batch_size, shuffled(len(training.y), seed))
    test_batches = _Tensors(validation, batch_size)
    listeners = keras.callbacks.CallbackList(
        list(callbacks),
        model=model,
        verbose=0,
        epochs=epochs,
        steps=math.ceil(len(training.y) / batch_size),
    )
    model.stop_training = False
    listeners.on_train_begin()
    logs: dict[str, float] = {}
    for epoch in range(epochs):
        model.reset_metrics()
        listeners.on_epoch_begin(epoch)
        for number, batch in enumerate(train_batches):
            listeners.on_train_batch_begin(number)
            listeners.on_train_batch_end(number, train(batch))
            if model.stop_training:
                break
        logs = _figures(model)
        listeners.on_test_begin()
        model.reset_metrics()
        for number, batch in enumerate(test_batches):
            listeners.on_test_batch_begin(number)
            listeners.on_test_batch_end(number, test(batch))
        figures = _figures(model)
        listeners.on_test_end(figures)
        logs |= {f"val_{name}": value for name, value in figures.items()}
        listeners.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    model.optimizer.finalize_variable_values(model.trainable_weights)
    listeners.on_train_end(logs)


def _like_keras(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(keras.config.floatx(), copy=False) if array.dtype.kind == "f" else array


def _figures(model: keras.Model) -> dict[str, float]:
    return {name: float(value) for name, value in model.get_metrics_result().items()}
