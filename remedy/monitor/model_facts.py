"""Reads what the rules need to know off a compiled Keras model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from remedy.diagnosis.symptoms._layers import RECTIFYING
from remedy.monitor.seen import ModelFacts

_UNBOUNDED = RECTIFYING - {"relu6"} | {"linear", "softplus", "exponential"}
_RECURRENT = (keras.layers.LSTM, keras.layers.GRU, keras.layers.SimpleRNN)


@dataclass(frozen=True)
class WatchedLayer:
    """A layer with trainable weights; `name` is the path within nested models."""

    name: str
    variables: tuple[Any, ...]


def watched_layers(model: keras.Model) -> list[WatchedLayer]:
    """All layers with trainable weights, from input to output; the rest goes by the model's name."""
    found: list[WatchedLayer] = []
    seen: set[int] = set()
    for name, layer in _leaves(model.layers):
        own = tuple(variable for variable in layer.trainable_variables if id(variable) not in seen)
        seen |= {id(variable) for variable in own}
        if own:
            found.append(WatchedLayer(name, own))
    rest = tuple(variable for variable in model.trainable_variables if id(variable) not in seen)
    return [*found, WatchedLayer(model.name, rest)] if rest else found


def model_facts(model: keras.Model) -> ModelFacts:
    """What is known of a compiled model before it trains."""
    recurrent = [(name, layer) for name, layer in _inner_leaves(model) if isinstance(layer, _RECURRENT)]
    loss, from_logits = loss_name(model.loss)
    output, activation, units = _output(model)
    return ModelFacts(
        optimizer=type(inner_optimizer(model.optimizer)).__name__,
        loss=loss,
        from_logits=from_logits,
        output=output,
        output_activation=activation,
        output_units=units,
        recurrent=tuple(name for name, _ in recurrent),
        unbounded=tuple(
            (name, activation_of)
            for name, layer in recurrent
            if (activation_of := layer.activation.__name__) in _UNBOUNDED
        ),
    )


def inner_optimizer(optimizer: Any) -> Any:
    """The optimizer that updates the weights, not the one around it that scales the loss."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def loss_name(loss: Any) -> tuple[str | None, bool]:
    """Keras' name of a loss and whether it expects logits; no name for several losses or the user's own.

    >>> loss_name("mse")
    ('mean_squared_error', False)
    """
    if isinstance(loss, str):
        loss = keras.losses.get(loss)
    module = getattr(loss, "__module__", None) or type(loss).__module__
    if not module.startswith("keras."):
        return None, False
    if isinstance(loss, keras.losses.Loss):
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(loss).__name__).lower()
        return name, bool(getattr(loss, "_fn_kwargs", {}).get("from_logits", False))
    return getattr(loss, "__name__", None), False


def _output(model: keras.Model) -> tuple[str | None, str | None, int | None]:
    """Name, activation and units of the layer that the only output comes from."""
    outputs = getattr(model, "outputs", None) or []
    if len(outputs) != 1 or not hasattr(outputs[0], "_keras_history"):
        return None, None, None
    layer = outputs[0]._keras_history.operation
    if isinstance(layer, keras.layers.TimeDistributed):
        layer = layer.layer
    activation = getattr(layer, "activation", None)
    name = getattr(activation, "__name__", None)
    if isinstance(layer, keras.layers.Softmax):
        name = "softmax" if layer.axis == -1 else None
    elif activation is None and isinstance(layer, keras.layers.Dense):
        name = "linear"
    return layer.name, name, outputs[0].shape[-1] if outputs[0].shape else None


def _leaves(layers: Sequence[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for layer in layers:
        if isinstance(layer, keras.Model):
            yield from _leaves(layer.layers, f"{prefix}{layer.name}/")
        else:
            yield prefix + layer.name, layer


def _inner_leaves(model: keras.Model) -> Iterator[tuple[str, Any]]:
    """Like `_leaves`, with the layer inside a wrapper in the wrapper's place."""
    for name, layer in _leaves(model.layers):
        yield name, getattr(layer, "forward_layer", None) or getattr(layer, "layer", None) or layer
