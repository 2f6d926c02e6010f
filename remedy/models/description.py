"""What is known of the user's model without Keras: its layers, its compilation, what goes in and out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from remedy.plan import KerasObject, Model

Serialized = str | dict[str, Any]
"""A Keras loss or metric: its name, or its class and arguments."""

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Compilation:
    """Arguments of `model.compile`; what was not given is `None` or empty."""

    optimizer: KerasObject | None = None
    loss: Serialized | None = None
    metrics: tuple[Serialized, ...] = ()
    run_eagerly: bool = False
    jit_compile: bool | None = None


@dataclass(frozen=True)
class ModelDescription:
    """The user's model as a plan needs it.

    Attributes:
        model: its layers, or that it is opaque.
        compilation: empty if the model is not compiled.
        input_shapes: shape of one sample of each input without the batch axis, by name, in the model's order.
        output_shape: likewise, of the only output.
        tokens: names of the inputs that go straight into an `Embedding`.
        mask_value: what its `Masking` layer looks for; `None` if it has none.
        has_embedding: whether there is an `Embedding` anywhere.
        masks_tokens: whether an `Embedding` masks zeros.
        own_train_step: whether the model's class trains in a way of its own.
        frozen: names of layers with weights that no training changes, or keeps.
        seconds: how long the user's code took.
    """

    model: Model
    compilation: Compilation
    input_shapes: dict[str, Shape]
    output_shape: Shape
    tokens: tuple[str, ...]
    mask_value: float | None
    has_embedding: bool
    masks_tokens: bool
    own_train_step: bool
    frozen: tuple[str, ...]
    seconds: float
