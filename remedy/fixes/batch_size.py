"""Fix: smaller or larger batches."""

from __future__ import annotations

from collections.abc import Iterator

from remedy.fixes._multiples import Count, count
from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import parse_space
from remedy.plan import Layer, Model, Plan


class BatchSize(Fix):
    """Another batch size."""

    name = "batch_size"
    stage = Stage.SCHEDULE
    new_graph = True
    value_type = Count
    space = parse_space(["x0.5", "x2", "x4"])
    changes = "Sets the batch size: a whole number, or a multiple of the baseline's such as x0.5."
    helps_when = (
        "Smaller: an epoch has few steps, or the loss has settled where more noise would shake it loose. "
        "Larger: the loss jumps from batch to batch."
    )
    source = (
        "Masters and Luschi, Revisiting Small Batch Training for Deep Neural Networks (2018), "
        "https://arxiv.org/abs/1804.07612"
    )

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
