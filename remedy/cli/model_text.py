"""A model's layers as text: a chain in one line, a graph with a line for each layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from remedy.plan import Layer, Model
from remedy.wording.text import value_text

_ARGUMENTS = ("units", "filters", "kernel_size", "rate", "activation", "input_dim", "output_dim")


def model_lines(model: Model) -> list[str]:
    """The layers of a model, input layers left out.

    >>> hidden = Layer(class_name="Dense", name="hidden", config={"units": 4, "activation": "relu"})
    >>> model_lines(Model(layers=(hidden, Layer(class_name="Dense", name="out", config={"units": 1}))))
    ['Dense(4, relu) > Dense(1)']
    """
    if model.opaque is not None and model.source is not None:
        source = Path(model.source.file).name
        return [f"built by {source}:{model.source.function} for every training, since {model.opaque}"]
    layers = [layer for layer in model.layers if layer.class_name != "InputLayer"]
    if _is_chain(model):
        return [" > ".join(map(_layer_text, layers))]
    return [f"{layer.name}: {_layer_text(layer)} of {', '.join(_producers(layer))}" for layer in layers]


def _is_chain(model: Model) -> bool:
    """Whether every layer is called once, with nothing but the output of the one before it."""
    if not model.is_graph:
        return True
    if sum(layer.class_name == "InputLayer" for layer in model.layers) != 1:
        return False
    return all(
        len(layer.calls or ()) == 1 and set(_producers(layer)) == {before.name}
        for before, layer in zip(model.layers, model.layers[1:], strict=False)
    )


def _producers(layer: Layer) -> list[str]:
    names = (name for call in layer.calls or () for name in _tensors([call.args, call.kwargs]))
    return list(dict.fromkeys(names))


def _tensors(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if set(value) == {"tensor"}:
            yield value["tensor"][0]
        else:
            yield from _tensors(list(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _tensors(item)


def _layer_text(layer: Layer) -> str:
    if layer.inner is not None:
        return f"{layer.class_name}[{'; '.join(model_lines(layer.inner))}]"
    arguments = [value_text(layer.config[name]) for name in _ARGUMENTS if name in layer.config]
    inner = layer.config.get("layer")
    if isinstance(inner, Mapping):
        wrapped = Layer(class_name=inner["class_name"], name="", config=inner["config"])
        arguments = [_layer_text(wrapped), *arguments]
    return f"{layer.class_name}({', '.join(arguments)})"
