"""A trained model as a `.keras` file that opens without this package."""

from __future__ import annotations

import os
from pathlib import Path

import keras
import numpy as np

from remedy.data.dataset import ONLY_INPUT
from remedy.errors import cannot_write
from remedy.models.build import build_loss, build_model, build_optimizer
from remedy.models.user_model import import_user_code
from remedy.plan import Plan
from remedy.training.model_inputs import model_inputs
from remedy.training.whole_batches import fixed_batch_size, reset_states

_HDF5_PER_VARIABLE = 1 << 12
"""More bytes than HDF5 takes for a variable beside its values: 700 to 1,900, measured."""

_BLOCK = 1 << 20


def save_model(model: keras.Model, plan: Plan, path: Path) -> Path:
    """Write the model with plain Keras compilation: no metric or optimizer of ours in the file.

    The model is compiled anew for that. A model of a class of the user's own opens where that class has been
    imported. If Keras cannot write it at all, because the class takes arguments and has no `get_config`, its
    weights are written to a file of the same name that ends in `.weights.h5`.

    Args:
        model: trained.
        plan: what it was trained by.
        path: ends in `.keras`.

    Returns:
        The file that was written; it appears whole or not at all.

    Raises:
        StudyError: it cannot be written.
    """
    optimizer = build_optimizer(plan)
    if model.dtype_policy.name == "mixed_float16":
        # `compile` would wrap it, too, but not again when the file is opened.
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    optimizer.build(model.trainable_variables)  # else the file does not match what loading it expects
    model.compile(optimizer=optimizer, loss=build_loss(plan), metrics=[])
    reset_states(model)
    unfinished = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            model.save(unfinished)
        except NotImplementedError:  # what Keras raises for want of a get_config
            unfinished.unlink(missing_ok=True)
            unfinished, path = _weights_path(unfinished), _weights_path(path)
            _see_that_there_is_room(unfinished, model)
            model.save_weights(unfinished)
        unfinished.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def _see_that_there_is_room(path: Path, model: keras.Model) -> None:
    """Fail if the disk is full: HDF5, that writes the file, would take the process down."""
    variables = [*model.variables, *model.optimizer.variables]
    size = sum(variable.numpy().nbytes + _HDF5_PER_VARIABLE for variable in variables)
    with path.open("wb") as file:
        for start in range(0, size, _BLOCK):
            file.write(bytes(min(_BLOCK, size - start)))


def load_model(path: Path, plan: Plan) -> keras.Model:
    """Read a model for prediction, in Keras' safe mode.

    A model that cannot be rebuilt from its description is built by the user's code and gets the file's
    weights.

    Args:
        path: what `save_model` was given.
        plan: what the model was trained by.
    """
    import_user_code(plan.model)
    if plan.model.opaque is None:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    model = build_model(plan)
    _make_weights(model, plan)
    model.load_weights(path if path.exists() else _weights_path(path))
    return model


def _weights_path(path: Path) -> Path:
    return path.with_suffix(".weights.h5")


def _make_weights(model: keras.Model, plan: Plan) -> None:
    """Let a subclassed model create its weights, which it does when it first sees inputs."""
    count = fixed_batch_size(model) or 1
    arrays = {
        name: np.zeros(
            (count, *(length or 1 for length in shape)),
            np.int32 if name in plan.preprocessing.tokens else np.float32,
        )
        for name, shape in plan.data.input_shapes.items()
    }
    X = arrays[ONLY_INPUT] if list(arrays) == [ONLY_INPUT] else arrays
    model(model_inputs(model, X), training=False)
