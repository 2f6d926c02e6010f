"""Models that fix their batch size, such as stateful ones, and the splits that they can be given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import keras

from remedy.data import Split
from remedy.data.dataset import like_inputs, named_inputs
from remedy.errors import TrainingError


class ResetStates(keras.callbacks.Callback):
    """Empties the states of stateful layers before every epoch and before every validation.

    What is validated then does not depend on what was trained before it, and an evaluation of the finished
    model finds the same.
    """

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Forget the end of the last epoch's data."""
        del epoch, logs
        reset_states(self.model)

    def on_test_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Forget the training data."""
        del logs
        reset_states(self.model)


def fixed_batch_size(model: keras.Model) -> int | None:
    """How many samples each batch of the model must have; `None` if any number will do."""
    if isinstance(model, keras.Sequential) and not model.built:
        return None
    sizes = {tensor.shape[0] for tensor in getattr(model, "inputs", None) or ()} - {None}
    return int(sizes.pop()) if sizes else None


def is_stateful(model: keras.Model) -> bool:
    """Whether a layer carries its state from one batch to the next, so that samples must keep their order."""
    return bool(_stateful_layers(model))


def reset_states(model: keras.Model) -> None:
    """Set the states of stateful layers to zero."""
    for layer in _stateful_layers(model):
        layer.reset_state()


def whole_batches(split: Split, size: int | None, name: str) -> Split:
    """The first samples of a split, as many as fill whole batches; all if the size is `None`.

    Raises:
        TrainingError: there are not enough for one batch.
    """
    if size is None or len(split) % size == 0:
        return split
    count = len(split) // size * size
    if count == 0:
        raise TrainingError(
            f"the model takes batches of exactly {size} samples, and the {name} split has only {len(split)}; "
            "use a smaller batch size in the model, or more data"
        )
    arrays = {input_name: array[:count] for input_name, array in named_inputs(split.X).items()}
    return replace(
        split,
        X=like_inputs(split.X, arrays),
        y=split.y[:count],
        rows=split.rows[:count],
        target_rows=split.target_rows[:count],
        persistence=None if split.persistence is None else split.persistence[:count],
        lengths=None if split.lengths is None else split.lengths[:count],
    )


def _stateful_layers(model: keras.Model) -> list[Any]:
    layers = model._flatten_layers()  # no public way leads to layers within wrappers
    return [layer for layer in layers if getattr(layer, "stateful", False) and hasattr(layer, "reset_state")]
