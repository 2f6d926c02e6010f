"""A plan's Keras objects, made exactly as someone would write them by hand."""

from __future__ import annotations

from typing import Any

import keras

from remedy.plan import KerasObject, Plan


def build_model(plan: Plan) -> keras.Sequential:
    """The plan's model with fresh weights, not compiled.

    The weights depend on the global seed alone (`keras.utils.set_random_seed`), as in a hand-written script.
    """
    return keras.Sequential(
        [
            keras.Input(plan.model.input_shape),
            *(_create(keras.layers, layer, name=layer.name) for layer in plan.model.layers),
        ]
    )


def build_optimizer(plan: Plan) -> keras.optimizers.Optimizer:
    """The plan's optimizer, with learning rate and clipping."""
    return _create(keras.optimizers, plan.optimizer)


def build_loss(plan: Plan) -> keras.losses.Loss:
    """The plan's loss."""
    return keras.losses.get(plan.loss)


def build_callbacks(plan: Plan) -> list[keras.callbacks.Callback]:
    """The plan's callbacks, such as a learning rate schedule."""
    # Callbacks have no from_config: Keras does not serialise them.
    return [getattr(keras.callbacks, callback.class_name)(**callback.config) for callback in plan.callbacks]


def _create(module: Any, described: KerasObject, **extra: Any) -> Any:
    return getattr(module, described.class_name).from_config(described.config | extra)
