"""A trained model as a `.keras` file that opens without this package."""

from __future__ import annotations

import os
from pathlib import Path

import keras

from remedy.models.build import build_loss, build_model, build_optimizer
from remedy.plan import Plan


def save_model(model: keras.Model, plan: Plan, path: Path) -> None:
    """Write the model with plain Keras compilation: no metric or optimizer of ours in the file.

    The file appears whole or not at all.
    """
    plain = build_model(plan)
    plain.set_weights(model.get_weights())
    optimizer = build_optimizer(plan)
    optimizer.build(plain.trainable_variables)  # else the file does not match what loading it expects
    plain.compile(optimizer=optimizer, loss=build_loss(plan))
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{os.getpid()}-{path.name}")
    plain.save(unfinished)
    unfinished.replace(path)


def load_model(path: Path) -> keras.Model:
    """Read a model for prediction, in Keras' safe mode."""
    return keras.saving.load_model(path, compile=False, safe_mode=True)
