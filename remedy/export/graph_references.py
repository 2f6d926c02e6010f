"""Where the tensors of a graph come from, and which of its operations Keras adds by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from remedy.plan import Call, Layer, Model

Reference = tuple[str, int, int]
"""A tensor of a graph: a layer's name, which of its calls, and which of its outputs."""

_OPERATIONS = re.compile(r"keras\.src\.ops\.\w+")


def is_operation(layer: Layer) -> bool:
    """Whether it is a function of `keras.ops` rather than a layer."""
    return layer.module is not None and _OPERATIONS.fullmatch(layer.module) is not None


def argument_references(value: Any) -> list[Reference]:
    """The tensors in the arguments of calls."""
    if isinstance(value, Mapping):
        if set(value) == {"tensor"}:
            name, call, output = value["tensor"]
            return [(name, call, output)]
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [found for item in value for found in argument_references(item)]
    return []


def structure_references(structure: Any) -> list[Reference]:
    """The tensors in Keras' structure of a model's inputs or outputs."""
    if is_reference(structure):
        name, call, output = structure
        return [(name, call, output)]
    items = structure.values() if isinstance(structure, Mapping) else structure
    return [found for item in items for found in structure_references(item)]


def is_reference(structure: Any) -> bool:
    """Whether a part of such a structure is one tensor."""
    is_triple = isinstance(structure, list | tuple) and len(structure) == 3
    return is_triple and isinstance(structure[1], int)


def automatic_masks(model: Model) -> set[str]:
    """The operations that look for padding, which Keras has added and will add again."""
    padding = {}
    for layer in model.layers:
        if layer.calls and layer.class_name == "Masking":
            padding[repr(layer.calls[0].args[0])] = layer.config.get("mask_value", 0.0)
        elif layer.calls and layer.class_name == "Embedding" and layer.config.get("mask_zero"):
            padding[repr(layer.calls[0].args[0])] = 0
    found: set[str] = set()
    for layer in model.layers:
        if not is_operation(layer) or not layer.calls:
            continue
        args = layer.calls[0].args
        looks = layer.class_name == "NotEqual" and len(args) == 2 and padding.get(repr(args[0])) == args[1]
        joins = layer.class_name == "Any" and {name for name, _, _ in argument_references(args)} <= found
        if looks or joins:
            found.add(layer.name)
    others = (layer for layer in model.layers if layer.name not in found)
    calls = [without_masks(call, found) for layer in others for call in layer.calls or ()]
    used = {name for name, _, _ in argument_references([[call.args, call.kwargs] for call in calls])}
    return set() if found & used else found


def without_masks(call: Call, masks: set[str]) -> Call:
    """The call without a mask that comes from one of these operations."""
    kept = {
        key: value
        for key, value in call.kwargs.items()
        if key != "mask" or not {name for name, _, _ in argument_references(value)} & masks
    }
    return call.model_copy(update={"kwargs": kept})
