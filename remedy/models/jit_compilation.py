"""Whether compiling the training step with XLA takes less time than it saves."""

from __future__ import annotations

import math
from collections.abc import Iterator

from remedy.plan import DataFacts, Layer, Model, names_user_code
from remedy.surgery.layers import CELLS, core

LEAST_TIME_STEPS = 10_000
"""Time steps, over all batches of a training, from which on it pays.

LSTMs of 64 units on windows of 24, two workers of one thread: once compiled, XLA saves some 40 % of a
training; compiling takes 3 to 6 s longer for one to three layers, per worker and graph. A search of 40 trials
with 7,680 time steps each took as long with XLA as without, and one with 4,320 took a tenth longer.
"""


def jit_compile_pays(model: Model, data: DataFacts, *, samples: int, batch_size: int, epochs: int) -> bool:
    """Whether to compile the trainings of a model with XLA where nothing else is said.

    Only recurrent layers gain by it, whose every time step is many small operations otherwise. Left alone is
    what XLA may not be able to compile, or would compile again for every length of its sequences.

    Args:
        model: the baseline's.
        data: says how long its sequences are.
        samples: of the training split.
        batch_size: samples in a batch.
        epochs: passes over them.
    """
    layers = list(_layers(model))
    if model.opaque is not None or model.dtype != "float32" or not any(core(one) in CELLS for one in layers):
        return False
    if any(one.config.get("stateful") for one in layers) or names_user_code(model.model_dump(mode="json")):
        return False
    lengths = [shape[0] for shape in data.input_shapes.values() if len(shape) > 1]
    known = [length for length in lengths if length is not None]
    if not known or len(known) < len(lengths):
        return False
    return math.ceil(samples / batch_size) * epochs * max(known) >= LEAST_TIME_STEPS


def _layers(model: Model) -> Iterator[Layer]:
    for layer in model.layers:
        yield layer
        if layer.inner is not None:
            yield from _layers(layer.inner)
