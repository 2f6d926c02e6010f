"""A model as one graph, nested models unfolded: who feeds whom, what is hidden and what is output."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from remedy.plan import Layer, Model, Plan
from remedy.surgery.layers import Kind, configs, has_other_weights, is_frozen, kind
from remedy.surgery.wires import Path, leaves, wires

OUTPUT: Path = ()
"""The place behind the model, to which its outputs go."""


class Graph:
    """Who feeds whom in a model, across the borders of nested models.

    Attributes:
        layers: every layer that is no nested model, by its path, in the model's order.
        frozen: those that are not trained, by themselves or because a model around them is.
        inside_frozen: those in a nested model that is not trained.
        consumers: to which layers each layer's outputs go; `OUTPUT` if they leave the model.
        first_output: the consumers of a layer's first output, which of a recurrent layer is not its states.
        single_input: layers that get a single tensor whenever they are called.
        producers: the same the other way round.
        heads: the last layers with a kernel on each way to an output of the model.
        tails: the layers behind them.
    """

    def __init__(self, model: Model) -> None:
        self.layers: dict[Path, Layer] = {}
        self.frozen: set[Path] = set()
        self.inside_frozen: set[Path] = set()
        self.first_output: defaultdict[Path, list[Path]] = defaultdict(list)
        self.single_input: set[Path] = set()
        self.consumers: defaultdict[Path, list[Path]] = defaultdict(list)
        self.producers: defaultdict[Path, list[Path]] = defaultdict(list)
        self._unfold(model, (), frozen=not model.trainable)
        self.heads, self.tails = self._ends()

    def hidden(self, *kinds: Kind) -> list[Path]:
        """The layers with a kernel, of these kinds if any are named, that are no heads."""
        return [
            path
            for path, layer in self.layers.items()
            if path not in self.heads and (own := kind(layer)) and (not kinds or own in kinds)
        ]

    def next_layer(self, path: Path) -> Path | None:
        """The layer that alone gets what this one returns; `None` if there is none or are several."""
        consumers = self.consumers[path]
        return consumers[0] if len(consumers) == 1 else None

    def ancestors(self, path: Path) -> set[Path]:
        """All layers from which there is a way to this one."""
        found: set[Path] = set()
        todo = [*self.producers[path]]
        while todo:
            if (ancestor := todo.pop()) not in found:
                found.add(ancestor)
                todo += self.producers[ancestor]
        return found

    def _unfold(self, model: Model, path: Path, *, frozen: bool) -> None:
        own = {layer.name: layer for layer in model.layers}
        for name, layer in own.items():
            if layer.inner is not None:
                self._unfold(layer.inner, (*path, name), frozen=frozen or not layer.inner.trainable)
                continue
            self.layers[*path, name] = layer
            if frozen:
                self.inside_frozen.add((*path, name))
            if frozen or is_frozen(layer):
                self.frozen.add((*path, name))
        connections = list(wires(model))
        self.single_input |= {(*path, name) for name in own}
        self.single_input -= {(*path, wire.target) for wire in connections if wire.target and not wire.only}
        for wire in connections:
            if wire.target is not None:
                targets = list(_entries((*path, wire.target), own[wire.target], wire.position))
            else:
                targets = [] if path else [OUTPUT]
            source, output = _exit((*path, wire.source), own[wire.source], wire.output)
            self.consumers[source] += targets
            self.first_output[source] += targets if output == 0 else []
            for target in targets:
                self.producers[target].append(source)

    def _ends(self) -> tuple[set[Path], set[Path]]:
        heads: set[Path] = set()
        tails: set[Path] = set()
        todo = [*self.producers[OUTPUT]]
        while todo:
            path = todo.pop()
            if kind(self.layers[path]):
                heads.add(path)
            elif path not in tails:
                tails.add(path)
                todo += [] if has_other_weights(self.layers[path]) else self.producers[path]
        return heads, tails


def changing_layers_fails(plan: Plan) -> str | None:
    """Why no layer of the model can be changed, as a clause; `None` if that is possible."""
    if plan.model.opaque is None:
        return None
    return f"the model's layers cannot be changed: {plan.model.opaque}"


def arguments_before(
    before: Plan, after: Plan, names: Callable[[Layer], Iterable[str]], default: str
) -> list[Any]:
    """The values of these arguments in the layers that a fix changes, or in all if it changes none by itself.

    Args:
        before: the baseline.
        after: the baseline with the fix, which has the same layers.
        names: the arguments of a layer that count.
        default: what stands for an argument that is not written out.
    """
    layers, changed = Graph(before.model).layers, Graph(after.model).layers
    touched = [layer for path, layer in layers.items() if changed[path] != layer]
    return [
        own.get(name, default)
        for layer in touched or layers.values()
        for name in names(layer)
        for own in configs(layer)
    ]


def keeps_weights(plan: Plan) -> bool:
    """Whether trials start from the weights that the user's model has."""
    return plan.model.source is not None and plan.model.source.keep_weights


def _entries(path: Path, layer: Layer, position: int) -> Iterator[Path]:
    """The layers that get a tensor of a layer's call: itself, or the inputs of a nested model."""
    inner = layer.inner
    if inner is None:
        yield path
        return
    if inner.is_graph:
        names = [name for name, _, _ in leaves(inner.inputs)]
        names = names[position : position + 1] or names
    else:
        names = [first.name for first in inner.layers[:1]]
    own = {other.name: other for other in inner.layers}
    for name in names:
        yield from _entries((*path, name), own[name], 0)


def _exit(path: Path, layer: Layer, output: int) -> tuple[Path, int]:
    """Who returns an output of a layer, and as which of its own: itself, or one inside a nested model."""
    inner = layer.inner
    if inner is None:
        return path, output
    if inner.is_graph:
        name, _, output = list(leaves(inner.outputs))[output]
    else:
        name, output = inner.layers[-1].name, 0
    own = {other.name: other for other in inner.layers}
    return _exit((*path, name), own[name], output)
