"""How the layers of one model are connected, and how a connection is changed: a chain and a graph alike."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from remedy.plan import Call, Layer, Model

Path = tuple[str, ...]
"""Where a layer is: the names of the nested models around it, then its own."""


@dataclass(frozen=True)
class Wire:
    """One tensor on its way from a layer to where it is used. Masks are none: they follow their tensors.

    Attributes:
        output: which of the source's outputs it is.
        target: the layer that gets it; `None` if it leaves the model.
        only: it is all that this call of the target gets, and its first argument.
        position: which of the call's tensors it is, or which of the model's outputs.
    """

    source: str
    output: int
    target: str | None
    only: bool
    position: int


def wires(model: Model) -> Iterator[Wire]:
    """All connections in a model, without those inside nested models."""
    if not model.is_graph:
        names = [layer.name for layer in model.layers]
        for source, target in itertools.pairwise([*names, None]):
            if source is not None:
                yield Wire(source, 0, target, only=True, position=0)
        return
    for layer in model.layers:
        for call in layer.calls or ():
            found = [*_tensors(call.args), *_tensors(_without_masks(call.kwargs))]
            only = len(found) == 1 and _is_tensor(call.args[0] if call.args else None)
            for position, (source, _, output) in enumerate(found):
                yield Wire(source, output, layer.name, only=only, position=position)
    for position, (source, _, output) in enumerate(leaves(model.outputs)):
        yield Wire(source, output, None, only=False, position=position)


def leaves(structure: Any) -> Iterator[Sequence[Any]]:
    """The `[layer, call, output]` in the inputs or outputs of a graph, one after the other."""
    if isinstance(structure, Mapping):
        for item in structure.values():
            yield from leaves(item)
    elif structure and isinstance(structure[0], str):
        yield structure
    else:
        for item in structure or ():
            yield from leaves(item)


def insert_behind(model: Model, name: str, layer: Layer) -> Model:
    """The model with a new layer behind another one: who got its first output gets the new layer's.

    Args:
        model: a chain or a graph.
        name: the layer in front; if it is called several times, so is the new one.
        layer: the new layer, without calls.
    """
    if model.is_graph:
        in_front = next(other for other in model.layers if other.name == name)
        calls = tuple(Call(args=(_tensor(name, call),)) for call in range(len(in_front.calls or ())))
        layer = layer.model_copy(update={"calls": calls})
        model = _redirected(model, name, layer.name)
    layers = [(other, layer) if other.name == name else (other,) for other in model.layers]
    return model.model_copy(update={"layers": tuple(itertools.chain.from_iterable(layers))})


def replace_run(model: Model, old: Sequence[str], new: Sequence[Layer]) -> Model:
    """The model with another run of layers in place of one in which each layer feeds the next one alone.

    Args:
        model: a chain or a graph.
        old: the names of the run; each layer is called once.
        new: layers of the old run that stay, then new ones, with the calls of the layers they are copies of.
    """
    if model.is_graph:
        first, *others = new
        fed = [
            _fed_by(layer, name) for layer, name in zip(others, [layer.name for layer in new], strict=False)
        ]
        new = [first, *fed]
        model = _redirected(model, old[-1], new[-1].name)
    own = {layer.name: layer for layer in new}
    layers: list[Layer] = []
    for layer in model.layers:
        if layer.name not in old:
            layers.append(layer)
        elif layer.name in own:
            layers.append(own[layer.name])
        if layer.name == old[-1]:
            layers += [added for added in new if added.name not in old]
    return model.model_copy(update={"layers": tuple(layers)})


def map_layers(model: Model, change: Callable[[Path, Layer], Layer], path: Path = ()) -> Model:
    """The model with every layer changed, those of nested models included; the connections stay."""
    layers = tuple(
        layer.model_copy(update={"inner": map_layers(layer.inner, change, (*path, layer.name))})
        if layer.inner is not None
        else change((*path, layer.name), layer)
        for layer in model.layers
    )
    return model.model_copy(update={"layers": layers})


def map_model(model: Model, path: Path, change: Callable[[Model], Model]) -> Model:
    """The model with one of its nested models changed; an empty path means the model itself."""
    if not path:
        return change(model)
    layers = tuple(
        layer.model_copy(update={"inner": map_model(layer.inner, path[1:], change)})
        if layer.name == path[0] and layer.inner is not None
        else layer
        for layer in model.layers
    )
    return model.model_copy(update={"layers": layers})


def nested_models(model: Model, path: Path = ()) -> Iterator[tuple[Path, Model]]:
    """The model and all models in it, each with its path."""
    yield path, model
    for layer in model.layers:
        if layer.inner is not None:
            yield from nested_models(layer.inner, (*path, layer.name))


def _redirected(model: Model, old: str, new: str) -> Model:
    """The graph in which everybody who got the first output of one layer gets another layer's."""

    def redirect(value: Any) -> Any:
        if _is_tensor(value):
            return {"tensor": _leaf(value["tensor"])}
        if isinstance(value, Mapping):
            return {key: redirect(item) for key, item in value.items()}
        return [redirect(item) for item in value] if isinstance(value, list | tuple) else value

    def redirect_leaves(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: redirect_leaves(item) for key, item in value.items()}
        if value and isinstance(value[0], str):
            return _leaf(value)
        return [redirect_leaves(item) for item in value]

    def _leaf(value: Sequence[Any]) -> list[Any]:
        name, call, output = value
        return [new if name == old and output == 0 else name, call, output]

    layers = []
    for layer in model.layers:
        calls = tuple(
            Call(args=tuple(map(redirect, call.args)), kwargs=redirect(call.kwargs))
            for call in layer.calls or ()
        )
        layers.append(layer.model_copy(update={"calls": calls}))
    return model.model_copy(update={"layers": tuple(layers), "outputs": redirect_leaves(model.outputs)})


def _fed_by(layer: Layer, name: str) -> Layer:
    (call,) = layer.calls or ()
    fed = Call(args=(_tensor(name, 0), *call.args[1:]), kwargs=call.kwargs)
    return layer.model_copy(update={"calls": (fed,)})


def _tensor(name: str, call: int) -> dict[str, Any]:
    return {"tensor": [name, call, 0]}


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == {"tensor"}


def _tensors(value: Any) -> Iterator[Sequence[Any]]:
    if _is_tensor(value):
        yield value["tensor"]
    elif isinstance(value, Mapping):
        yield from itertools.chain.from_iterable(map(_tensors, value.values()))
    elif isinstance(value, list | tuple):
        yield from itertools.chain.from_iterable(map(_tensors, value))


def _without_masks(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in kwargs.items() if key != "mask" and not key.endswith("_mask")}
