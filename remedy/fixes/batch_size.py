"""Fix: smaller or larger batches."""

from __future__ import annotations

import math
from collections.abc import Iterator

from remedy.fixes._multiples import Count, count
from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import Space, parse_space
from remedy.plan import Layer, Model, Plan

_USUAL = 32
_FAR = 4


class BatchSize(Fix):
    """Another batch size."""

    name = "batch_size"
    stage = Stage.SCHEDULE
    new_graph = True
    value_type = Count
    changes = "Sets the batch size: a whole number, or a multiple of the baseline's such as x0.5."
    helps_when = (
        "Smaller: an epoch has few steps, or the loss has settled where more noise would shake it loose. "
        "Larger: the loss jumps from batch to batch."
    )
    source = (
        "Masters and Luschi, Revisiting Small Batch Training for Deep Neural Networks (2018), "
        "https://arxiv.org/abs/1804.07612"
    )

    def default_space(self, plan: Plan) -> Space:
        """Half, double and four times as many, as far as that differs, and Keras' 32 if it is far off."""
        size, samples = plan.batch_size, plan.data.samples or math.inf
        options: list[int | str] = ["x0.5"] if size > 1 else []
        options += [multiple for multiple, less in (("x2", size), ("x4", 2 * size)) if less < samples]
        if not _USUAL / _FAR < size < _USUAL * _FAR:
            options.append(_USUAL)
        return parse_space(options)

    def not_applicable(self, plan: Plan) -> str | None:
        """A model may be built for batches of one size only, as stateful recurrent layers need it."""
        for layer in _layers(plan.model):
            size = _fixed_batch_size(layer)
            if size is not None:
                return f"the model takes batches of {size} samples only, as its input {layer.name!r} says"
        return None

    def cause(self, plan: Plan, value: int | str) -> str:
        """What the batch size was."""
        wrong = "large" if count(value, plan.batch_size) < plan.batch_size else "small"
        return f"the batch size of {plan.batch_size} was too {wrong}"

    def explains_divergence(self, plan: Plan, value: int | str) -> bool:
        """Small batches with their noisy gradients can, large ones do not."""
        return count(value, plan.batch_size) > plan.batch_size

    def cure(self, plan: Plan, value: int | str) -> str:
        """What it is."""
        return f"a batch size of {count(value, plan.batch_size)}"

    def apply(self, plan: Plan, value: int | str) -> Plan:
        """The plan with batches of that size."""
        return plan.replace(batch_size=count(value, plan.batch_size))


def _layers(model: Model) -> Iterator[Layer]:
    for layer in model.layers:
        yield layer
        if layer.inner is not None:
            yield from _layers(layer.inner)


def _fixed_batch_size(layer: Layer) -> int | None:
    if layer.class_name != "InputLayer":
        return None
    shape = layer.config.get("batch_shape") or (None,)
    size: int | None = shape[0] if shape[0] is not None else layer.config.get("batch_size")
    return size
