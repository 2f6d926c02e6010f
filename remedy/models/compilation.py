"""What a compiled Keras model brings along: optimizer, loss and metrics, as plain data."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from remedy.models.description import Compilation, Serialized
from remedy.models.layer_config import compact_arguments
from remedy.plan import KerasObject


class NotSupportedError(Exception):
    """The model asks for something that cannot be trained here; the message, a clause, says what."""


def describe_compilation(model: keras.Model) -> Compilation:
    """The optimizer, loss and metrics of a model; nothing if it is not compiled.

    Raises:
        NotSupportedError: there are several losses, or one that has no name, or the optimizer cannot be
            made anew.
    """
    if not model.compiled:
        return Compilation()
    # What get_compile_config returns lacks arguments, such as Huber's delta.
    given = model._compile_config.config
    if given.get("loss_weights") is not None:
        raise NotSupportedError(
            "the model is compiled with loss_weights, which belong to several outputs; "
            "compile it without them"
        )
    losses = _flat(given.get("loss"))
    if len(losses) > 1:
        raise NotSupportedError(
            f"the model has {len(losses)} losses, and only one output can be trained; compile it with one"
        )
    metrics = [*_flat(given.get("metrics")), *_flat(given.get("weighted_metrics"))]
    return Compilation(
        optimizer=_optimizer(model.optimizer) if model.optimizer is not None else None,
        loss=_serialized(losses[0]) if losses else None,
        metrics=tuple(_serialized(metric) for metric in metrics),
        run_eagerly=bool(given.get("run_eagerly")),
        jit_compile=given["jit_compile"] if isinstance(given.get("jit_compile"), bool) else None,
    )


def _optimizer(optimizer: keras.optimizers.Optimizer) -> KerasObject:
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer = optimizer.inner_optimizer  # Keras wraps it again for a model in mixed precision
    arguments = {key: value for key, value in optimizer.get_config().items() if key != "name"}
    if "learning_rate" not in arguments:
        raise NotSupportedError(
            f"the model is compiled with {type(optimizer).__name__}, which has no learning rate of its own; "
            "compile it with one optimizer for all weights"
        )
    excluded = ("_exclude_from_weight_decay", "_exclude_from_weight_decay_pattern")
    if arguments.get("weight_decay") and any(getattr(optimizer, name, None) for name in excluded):
        raise NotSupportedError(
            "some weights are excluded from weight decay, which Keras does not keep with the optimizer; "
            "compile it without exclude_from_weight_decay"
        )
    compact = compact_arguments(type(optimizer), arguments)
    rate = arguments["learning_rate"]
    if not isinstance(rate, dict):
        # Keras keeps the rate in float32; 0.001 would come back as 0.0010000000474974513.
        compact["learning_rate"] = float(np.format_float_positional(np.float32(rate), unique=True))
    compact = {"learning_rate": compact.pop("learning_rate", rate)} | compact
    cls = type(optimizer)
    is_keras = getattr(keras.optimizers, cls.__name__, None) is cls
    name = cls.__name__ if is_keras else f"{cls.__module__}:{cls.__qualname__}"
    return KerasObject(class_name=name, config=compact)


def _flat(value: Any) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [item for part in value for item in _flat(part)]
    return [value]


def _serialized(value: Any) -> Serialized:
    """A loss or metric as its name, or as class and arguments.

    Raises:
        NotSupportedError: it is a function that has no name.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, keras.losses.Loss | keras.metrics.Metric):
        serialized = keras.saving.serialize_keras_object(value)
        arguments = serialized["config"] | getattr(value, "_fn_kwargs", {})
        config = compact_arguments(type(value), {key: v for key, v in arguments.items() if key != "fn"})
        registered = serialized.get("registered_name")
        described = {"module": serialized["module"], "class_name": serialized["class_name"], "config": config}
        return described | ({"registered_name": registered} if registered else {})
    module, name = getattr(value, "__module__", ""), getattr(value, "__qualname__", "<partial>")
    if not module.startswith("keras."):
        if "<" in name:
            raise NotSupportedError(
                f"{name!r} cannot be found again from another process; define it at the top level of its file"
            )
        return {"module": module, "class_name": "function", "config": name}
    return str(value.__name__)
