"""Data for Keras: arrays, or batches that are read when needed if X is larger than memory."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from remedy.data import Preprocessor
from remedy.data.dataset import Inputs, Split, like_inputs, named_inputs
from remedy.training.model_inputs import model_inputs

IN_MEMORY_BYTES = 1 << 30
"""A memory-mapped X that takes more than this as float32 is read batch by batch."""


class Batches(keras.utils.PyDataset):
    """Batches of a split, read from disk and preprocessed one by one.

    Args:
        model: decides in which form it gets several inputs.
        preprocessor: fitted on the training split.
        split: raw samples.
        targets: as the loss needs them, samples first; `None` for predictions.
        batch_size: samples in a batch; the last one may have fewer.
        seed: shuffles the samples anew for every epoch; `None` keeps their order.
    """

    def __init__(
        self,
        model: keras.Model,
        preprocessor: Preprocessor,
        split: Split,
        targets: NDArray[Any] | None,
        batch_size: int,
        seed: int | None = None,
    ) -> None:
        super().__init__()
        self._model = model
        self._preprocessor = preprocessor
        self._split = split
        self._targets = targets
        self._batch_size = batch_size
        self._generator = None if seed is None else np.random.default_rng(seed)
        self._order: NDArray[np.intp] | None = None
        self._shuffle()

    def __len__(self) -> int:
        """Number of batches."""
        return math.ceil(len(self._split) / self._batch_size)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        """One batch: `(x, y)`, or `(x,)` without targets."""
        samples: slice | NDArray[np.intp] = slice(
            index * self._batch_size, min((index + 1) * self._batch_size, len(self._split))
        )
        if self._order is not None:
            samples = np.sort(self._order[samples])  # what lies together on disk is read together
        x = samples_for(self._model, self._preprocessor, self._split, samples)
        if isinstance(x, list):
            x = tuple(x)  # tf.data would stack a list
        return (x,) if self._targets is None else (x, self._targets[samples])

    def on_epoch_end(self) -> None:
        """Draw the next epoch's order."""
        self._shuffle()

    def _shuffle(self) -> None:
        if self._generator is not None:
            self._order = self._generator.permutation(len(self._split))


def samples_for(
    model: keras.Model, preprocessor: Preprocessor, split: Split, samples: slice | NDArray[np.intp]
) -> Any:
    """What a model takes as x for some samples of a split; only these are read and preprocessed."""
    lengths = None if split.lengths is None else split.lengths[samples]
    return model_inputs(model, preprocessor.inputs(_take(split.X, samples), lengths))


def exceeds_memory(X: Inputs) -> bool:
    """Whether X has to be read batch by batch."""
    arrays = named_inputs(X).values()
    mapped = any(isinstance(array, np.memmap) for array in arrays)
    return mapped and sum(array.size for array in arrays) * 4 > IN_MEMORY_BYTES


def _take(X: Inputs, samples: slice | NDArray[np.intp]) -> Inputs:
    return like_inputs(X, {name: np.asarray(array[samples]) for name, array in named_inputs(X).items()})
