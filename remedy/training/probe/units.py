"""Which units of a model are zero for all samples, and how many of them are saturated."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf

from remedy.training.probe.gates import gate_inputs, has_gates, hidden_states
from remedy.training.probe.listening import Hook, listening
from remedy.training.probe.probed_layers import ProbedLayer

SATURATED = 5.0
"""Beyond +-5 a sigmoid has under 3 % of its steepest slope, tanh 0.02 %."""

_BOUNDS = {
    keras.activations.sigmoid: (1 / (1 + math.exp(SATURATED)), 1 / (1 + math.exp(-SATURATED))),
    keras.activations.tanh: (-math.tanh(SATURATED), math.tanh(SATURATED)),
}
"""Between which outputs the input is within +-5."""

Seen = dict[str, dict[str, Any]]
"""What was seen of each layer: `alive`, one truth value per unit, and `saturated`, how many of how many."""


class UnitObserver:
    """Runs a model and looks at the units of its layers.

    An activation that is a layer of its own counts for the layer with weights that it gets its input from.

    Args:
        model: built.
        layers: to look at.
    """

    def __init__(self, model: keras.Model, layers: list[ProbedLayer]) -> None:
        self._model = model
        self._layers = layers

    def observe(self, x: Any) -> tuple[Any, Seen]:
        """Predictions, and what the layers did meanwhile; can be traced by TensorFlow."""
        seen: Seen = {}
        owners: dict[int, tuple[str, Any]] = {}  # the tensors are kept, so that no other gets their id
        with listening(self._hooks(seen, owners)):
            outputs = self._model(x, training=False)
        return outputs[0] if isinstance(outputs, list | tuple) else outputs, seen

    def _hooks(self, seen: Seen, owners: dict[int, tuple[str, Any]]) -> Iterator[tuple[Any, Hook]]:
        for probed in self._layers:
            for number, part in enumerate(probed.parts):
                if has_gates(part) and not isinstance(probed.layer, keras.layers.TimeDistributed):
                    yield part, _gate_hook(part, seen, f"{probed.name}:{number}")
            if not any(map(has_gates, probed.parts)):
                yield probed.layer, _owner_hook(probed, _last_activation(probed.parts[0]), seen, owners)
        for layer in self._model._flatten_layers():  # no public way leads into nested models
            if isinstance(layer, keras.layers.Activation | keras.layers.ReLU):
                yield layer, _activation_hook(layer, seen, owners)


def _last_activation(layer: Any) -> Any:
    """The activation function that the layer's output comes from; `None` if that is not known."""
    known = type(layer).__module__.startswith("keras.") and not hasattr(layer, "cell")
    return getattr(layer, "activation", None) if known else None


def _owner_hook(probed: ProbedLayer, activation: Any, seen: Seen, owners: dict[int, tuple[str, Any]]) -> Hook:
    axis = 1 if getattr(probed.parts[0], "data_format", None) == "channels_first" else -1

    def hook(arguments: dict[str, Any], output: Any) -> None:
        del arguments
        if isinstance(output, tf.Tensor):
            owners[id(output)] = (probed.name, output)
            _add(seen, probed.name, _activated(activation, output, axis))

    return hook


def _activation_hook(layer: Any, seen: Seen, owners: dict[int, tuple[str, Any]]) -> Hook:
    activation = getattr(layer, "activation", layer)

    def hook(arguments: dict[str, Any], output: Any) -> None:
        owner = owners.get(id(next(iter(arguments.values()))))
        if owner is not None:
            _add(seen, owner[0], _activated(activation, output, -1))

    return hook


def _gate_hook(layer: Any, seen: Seen, key: str) -> Hook:
    def hook(arguments: dict[str, Any], output: Any) -> None:
        del output
        states = hidden_states(layer, arguments)
        mask = arguments.get("mask")
        if mask is None:
            mask = tf.ones(tf.shape(states)[:2], tf.bool)
        counted = tf.cast(tf.reverse(mask, [1]) if layer.go_backwards else mask, "float32")[..., None]
        found: dict[str, Any] = {}
        for activation, inputs in gate_inputs(layer, arguments, states):
            if activation in _BOUNDS:
                beyond = tf.cast(tf.abs(inputs) > SATURATED, "float32") * counted
                total = tf.reduce_sum(tf.ones_like(beyond) * counted)
                found["saturated"] = found.get("saturated", 0.0) + tf.stack([tf.reduce_sum(beyond), total])
        if _can_be_zero(layer.activation):
            found["alive"] = _alive(states, -1)
        _add(seen, key, found)

    return hook


def _activated(activation: Any, output: Any, axis: int) -> dict[str, Any]:
    if _can_be_zero(activation):
        return {"alive": _alive(output, axis)}
    if activation in _BOUNDS:
        low, high = _BOUNDS[activation]
        values = tf.cast(output, "float32")
        beyond = tf.cast((values < low) | (values > high), "float32")
        return {"saturated": tf.stack([tf.reduce_sum(beyond), tf.cast(tf.size(beyond), "float32")])}
    return {}


def _can_be_zero(activation: Any) -> bool:
    if isinstance(activation, keras.layers.ReLU):
        return not activation.negative_slope
    return activation in (keras.activations.relu, keras.activations.relu6)


def _alive(output: Any, axis: int) -> Any:
    axis %= len(output.shape)
    others = [number for number in range(len(output.shape)) if number != axis]
    return tf.reduce_any(tf.not_equal(output, 0), axis=others)


def _add(seen: Seen, key: str, found: dict[str, Any]) -> None:
    if key in seen:  # a layer that is called twice
        found = combined(seen[key], found)
    seen[key] = found


def combined(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """What was seen of a layer in two calls, as one; tensors or arrays."""
    both = dict(one)
    for what, value in other.items():
        if what in both:
            both[what] = (both[what] | value) if what == "alive" else both[what] + value
        else:
            both[what] = value
    return both


def dead_share(seen: Seen, name: str) -> float | None:
    """Share of a layer's units that were 0 for all samples; `None` if they cannot be, or were not seen."""
    alive = [value for found in _of(seen, name) for value in found.get("alive", ())]
    return None if not alive else 1 - sum(map(bool, alive)) / len(alive)


def saturated_share(seen: Seen, name: str) -> float | None:
    """Share of a layer's sigmoid and tanh inputs beyond +-5; `None` if it has none, or they were not seen."""
    counts = [found["saturated"] for found in _of(seen, name) if "saturated" in found]
    total = float(sum(count[1] for count in counts))
    return float(sum(count[0] for count in counts)) / total if total else None


def _of(seen: Seen, name: str) -> Iterator[dict[str, Any]]:
    """What was seen of a layer and of its parts."""
    for key, found in seen.items():
        if key == name or key.rpartition(":")[0] == name:
            yield found
