"""A graph of layers as source, each layer called with the outputs of others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from remedy.export.graph_references import (
    argument_references,
    automatic_masks,
    is_operation,
    is_reference,
    structure_references,
    without_masks,
)
from remedy.export.keras_source import Imports, value_source
from remedy.export.layer_source import identifier, made_layer
from remedy.export.source import (
    Expression,
    Node,
    call,
    flat,
    followed,
    literal,
    mapping,
    prefixed,
    sequence,
    statement,
)
from remedy.plan import Call, Layer, Model

_DRAW_WHEN_CALLED = frozenset({"MultiHeadAttention", "GroupQueryAttention", "GroupedQueryAttention"})
"""Layers that make layers of their own, with random weights of their own, when they are first called."""

_LONGEST_CALL = 60


class GraphSource:
    """Writes one graph.

    Where layers draw random numbers when they are called, all layers are made before the first is called:
    in that order the trial has drawn its numbers.

    Args:
        model: the graph.
        input_names: how the inputs are called in the data, by their names in the model; empty if that does
            not matter.
        imports: where to note what is the user's.
    """

    def __init__(self, model: Model, input_names: Mapping[str, str], imports: Imports) -> None:
        self._model = model
        self._input_names = input_names
        self._imports = imports
        masks = automatic_masks(model)
        self._layers = {layer.name: layer for layer in model.layers if layer.name not in masks}
        self._calls = {
            name: [without_masks(one, masks) for one in layer.calls or ()]
            for name, layer in self._layers.items()
        }
        given = [[one.args, one.kwargs] for calls in self._calls.values() for one in calls]
        self._references = [*argument_references(given), *structure_references(model.outputs)]
        self._layers_first = any(map(_draws_when_called, self._layers.values()))
        self._used: set[str] = set()
        self._makers: dict[str, str] = {}
        self._outputs: dict[str, dict[int, str]] = {}
        for layer in self._layers.values():
            self._choose_names(layer)

    def written(self) -> tuple[list[str], Expression]:
        """The statements that call the layers, and the expression of the model that they make up."""
        made: list[str] = []
        called: list[str] = []
        for name, layer in self._layers.items():
            expression: Expression = ""
            if not is_operation(layer):
                expression = made_layer(layer, self._input_names, self._imports)
            outputs = self._outputs[name]
            if not self._calls[name]:
                made += statement(f"{outputs[0]} = ", expression)
                continue
            if name in self._makers:
                made += statement(f"{self._makers[name]} = ", expression)
                expression = self._makers[name]
            for one, output in zip(self._calls[name], outputs.values(), strict=True):
                text = statement(f"{output} = ", self._called(layer, expression, one))
                (called if self._layers_first else made).extend(text)
        body = [*made, "", *called] if self._layers_first else made
        inputs = self._structure(_only(self._model.inputs), self._input_names)
        return body, call("keras.Model", inputs, self._structure(_only(self._model.outputs), {}))

    def _choose_names(self, layer: Layer) -> None:
        """Give names to the outputs of a layer, and to the layer itself if it is called later."""
        calls = self._calls[layer.name]
        if not calls:  # an input
            self._outputs[layer.name] = {0: self._free(layer.name)}
            return
        if not is_operation(layer) and (len(calls) > 1 or self._layers_first):
            own = layer.name if len(calls) > 1 else f"{layer.name}_layer"
            self._makers[layer.name] = self._free(own)
        numbers = [number for name, number, _ in self._references if name == layer.name]
        # Nested functional models count their calls from 1.
        offset = max(max(numbers, default=0) - (len(calls) - 1), 0)
        self._outputs[layer.name] = {
            number + offset: self._free(
                layer.name if len(calls) == 1 else f"{layer.name}_output_{number + 1}"
            )
            for number in range(len(calls))
        }

    def _free(self, name: str) -> str:
        name = identifier(name)
        while name in self._used:
            name += "_"
        self._used.add(name)
        return name

    def _called(self, layer: Layer, target: Expression, given: Call) -> Expression:
        arguments = [self._argument(value) for value in given.args]
        named = {
            key: self._argument(value)
            for key, value in given.kwargs.items()
            if value is not None and not (key == "training" and _ignores_training(layer))
        }
        if is_operation(layer):
            settings = {key: value_source(value, self._imports, key) for key, value in layer.config.items()}
            settings.pop("name", None)
            return call(f"keras.ops.{_snake_case(layer.class_name)}", *arguments, **settings, **named)
        inside = call("", *arguments, **named)
        if isinstance(target, Node) and len(flat(inside)) < _LONGEST_CALL:
            return followed(target, flat(inside))
        return prefixed(flat(target), inside)

    def _argument(self, value: Any) -> Expression:
        if isinstance(value, Mapping):
            if set(value) == {"tensor"}:
                return self._tensor(*value["tensor"])
            if "class_name" in value:
                return value_source(value, self._imports)
            return mapping({str(key): self._argument(item) for key, item in value.items()})
        if isinstance(value, list | tuple):
            return sequence(self._argument(item) for item in value)
        return literal(value)

    def _tensor(self, name: str, number: int, output: int) -> str:
        several = any(one == name and place > 0 for one, _, place in self._references)
        variable = self._outputs[name][number]
        return f"{variable}[{output}]" if several or _returns_states(self._layers[name]) else variable

    def _structure(self, value: Any, names: Mapping[str, str]) -> Expression:
        if is_reference(value):
            return self._tensor(*value)
        if isinstance(value, Mapping):
            return mapping({names.get(key, key): self._structure(item, names) for key, item in value.items()})
        return sequence(self._structure(item, names) for item in value)


def _only(structure: Any) -> Any:
    """A structure of one tensor as that tensor: the script hands over arrays, not lists of one."""
    references = structure_references(structure)
    return list(references[0]) if len(references) == 1 else structure


def _draws_when_called(layer: Layer) -> bool:
    own = layer.module is not None and not is_operation(layer)
    return own or layer.inner is not None or layer.class_name in _DRAW_WHEN_CALLED


def _returns_states(layer: Layer) -> bool:
    wrapped = layer.config.get("layer")
    inside = wrapped.get("config", {}) if isinstance(wrapped, Mapping) else {}
    return bool(layer.config.get("return_state") or inside.get("return_state"))


def _ignores_training(layer: Layer) -> bool:
    """Whether `training=False` makes no difference, which Keras notes down where it adds a mask."""
    dropout = layer.config.get("dropout") or layer.config.get("recurrent_dropout")
    return layer.module is None and layer.class_name in {"LSTM", "GRU", "SimpleRNN"} and not dropout


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
