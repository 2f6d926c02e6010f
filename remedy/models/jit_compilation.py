"""Whether compiling the training step with XLA takes less time than it saves."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from remedy.plan import Layer, Model, Plan, names_user_code
from remedy.surgery.layers import CELLS, activation_name, class_of, configs, core

LEAST_TIME_STEPS = 10_000
"""Time steps, over all batches of a training, from which on it pays.

LSTMs of 64 units on windows of 24, run as Keras' loop by two workers of one thread: once compiled, XLA saves
some 40 % of a training; compiling takes 3 to 6 s longer for one to three layers, per worker and graph. A
search of 40 trials with 7,680 time steps each took as long with XLA as without, and one with 4,320 took a
tenth longer.
"""

MOST_KERNEL_STEPS = 500
"""Time steps up to which an LSTM runs on TensorFlow's kernels.

Their gradient is written out step by step; tracing 1,000 steps takes 6 s for one layer.
"""


def jit_compile(plan: Plan) -> bool | None:
    """What `compile` gets as `jit_compile`: the plan's wish, else whether it pays; `None` for Keras' default.

    Only recurrent layers gain by it, whose every time step is many small operations otherwise, and not the
    LSTMs that have kernels. Left alone is what XLA may not be able to compile, or would compile again for
    every length of its sequences.
    """
    if plan.jit_compile is not None:
        return plan.jit_compile
    return True if _pays(plan) else None


def has_kernel(config: Mapping[str, Any]) -> bool:
    """Whether TensorFlow's kernels compute an LSTM with these constructor arguments, if nothing is masked."""
    activations = (config.get("activation", "tanh"), config.get("recurrent_activation", "sigmoid"))
    return tuple(map(activation_name, activations)) == ("tanh", "sigmoid") and not any(
        config.get(argument) for argument in ("recurrent_dropout", "stateful", "unroll")
    )


def _pays(plan: Plan) -> bool:
    model, layers = plan.model, list(_layers(plan.model))
    if plan.run_eagerly or model.opaque is not None or model.dtype != "float32":
        return False
    if any(layer.config.get("stateful") for layer in layers) or names_user_code(
        model.model_dump(mode="json")
    ):
        return False
    lengths = [shape[0] for shape in plan.data.input_shapes.values() if len(shape) > 1]
    known = [length for length in lengths if length is not None]
    if not known or len(known) < len(lengths):
        return False
    is_masked = any(class_of(layer) == "Masking" or layer.config.get("mask_zero") for layer in layers)
    no_kernels = is_masked or max(known) > MOST_KERNEL_STEPS
    if not any(core(layer) in CELLS and (no_kernels or not _has_kernel(layer)) for layer in layers):
        return False
    batches = math.ceil(plan.data.samples / plan.batch_size) * plan.epochs
    return batches * max(known) >= LEAST_TIME_STEPS


def _has_kernel(layer: Layer) -> bool:
    return core(layer) == "LSTM" and all(map(has_kernel, configs(layer)))


def _layers(model: Model) -> Iterator[Layer]:
    for layer in model.layers:
        yield layer
        if layer.inner is not None:
            yield from _layers(layer.inner)
