"""Stacks: runs of hidden layers of one kind, each feeding the next one alone, and what fixes their shape."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from remedy.plan import Layer, Model
from remedy.surgery.graph import OUTPUT, Graph
from remedy.surgery.layers import (
    ACTIVATIONS,
    CELLS,
    CONVOLUTION_NOISES,
    GLOBAL_POOLINGS,
    NOISES,
    NORMALISATIONS,
    POOLINGS,
    RESIZINGS,
    Kind,
    class_of,
    config,
    configs,
    core,
    kind,
    wraps,
)
from remedy.surgery.wires import Path, Wire, nested_models, wires

Block = tuple[Layer, ...]
"""A hidden layer and what belongs to it: normalisation, activation, dropout."""

_CONVOLUTIONS = frozenset({*(f"Conv{rank}D" for rank in (1, 2, 3)), "SeparableConv1D", "SeparableConv2D"})
_REPEATABLE = CELLS | _CONVOLUTIONS | {"Dense"}
_FOLLOWERS = NORMALISATIONS | ACTIVATIONS | NOISES
_PASSING = (
    _FOLLOWERS - {"GroupNormalization"}
    | CONVOLUTION_NOISES
    | POOLINGS
    | RESIZINGS
    | {"Masking", "Identity", "RepeatVector", "DepthwiseConv1D", "DepthwiseConv2D"}
)


@dataclass(frozen=True)
class Stack:
    """Hidden layers of one kind, one directly after the other.

    Attributes:
        model: where the model is that the stack is in.
        blocks: in order from input to output.
        lengths: to how many of its first blocks it can be cut without making a shape behind it wrong, in
            ascending order; the last one is the number of blocks.
    """

    model: Path
    kind: Kind
    blocks: tuple[Block, ...]
    lengths: tuple[int, ...]

    @property
    def names(self) -> list[str]:
        """The names of all its layers."""
        return [layer.name for block in self.blocks for layer in block]


def stacks(model: Model) -> list[Stack]:
    """All stacks of a model and the models nested in it, the one with the most blocks first."""
    graph = Graph(model)
    found = [stack for path, own in nested_models(model) for stack in _stacks_of(own, path, graph)]
    order = list(Kind)
    return sorted(found, key=lambda stack: (-len(stack.blocks), order.index(stack.kind)))


def _stacks_of(model: Model, path: Path, graph: Graph) -> Iterator[Stack]:
    layers = {layer.name: layer for layer in model.layers}
    outgoing: defaultdict[str, list[Wire]] = defaultdict(list)
    incoming: defaultdict[str, list[Wire]] = defaultdict(list)
    for wire in wires(model):
        outgoing[wire.source].append(wire)
        if wire.target is not None:
            incoming[wire.target].append(wire)
    hidden = {name for *around, name in graph.hidden() if tuple(around) == path} - {
        name for *around, name in graph.frozen if tuple(around) == path
    }

    def is_simple(name: str) -> bool:
        """Whether it is one layer, called once, with one tensor."""
        layer = layers[name]
        called_once = layer.calls is None or len(layer.calls) == 1
        return layer.inner is None and called_once and [wire.only for wire in incoming[name]] in ([], [True])

    def following(name: str) -> str | None:
        wire = outgoing[name][0] if len(outgoing[name]) == 1 else None
        if wire is None or wire.target is None or wire.output != 0 or not wire.only:
            return None
        return wire.target if is_simple(wire.target) else None

    def block_from(name: str) -> Block:
        block = [layers[name]]
        own = _FOLLOWERS | (CONVOLUTION_NOISES if kind(layers[name]) is Kind.CONVOLUTION else set())
        while (after := following(block[-1].name)) and class_of(layers[after]) in own:
            block.append(layers[after])
        return tuple(block)

    in_a_stack: set[str] = set()
    for name, layer in layers.items():
        if name in in_a_stack or name not in hidden or not is_simple(name) or not _is_repeatable(layer):
            continue
        blocks = [block_from(name)]
        while (
            (after := following(blocks[-1][-1].name))
            and after in hidden
            and _is_repeatable(layers[after])
            and _sort(layers[after]) == _sort(layer)
        ):
            blocks.append(block_from(after))
        in_a_stack |= {block[0].name for block in blocks}
        own_kind = kind(layer)
        if own_kind is not None and outgoing[blocks[-1][-1].name]:
            fixed = _fixed_axes(graph, (*path, blocks[-1][-1].name))
            yield Stack(path, own_kind, tuple(blocks), tuple(_lengths(blocks, fixed)))


def _sort(layer: Layer) -> tuple[Kind | None, bool]:
    own = kind(layer)
    return own, own is not Kind.DENSE and wraps(layer, "TimeDistributed")


def _is_repeatable(layer: Layer) -> bool:
    """Whether a layer of this kind can stand behind another one, and neither keeps nor passes on states."""
    two_outputs = wraps(layer, "Bidirectional") and layer.config.get("merge_mode", "concat") is None
    states = any(own.get(key, False) for own in configs(layer) for key in ("return_state", "stateful"))
    return core(layer) in _REPEATABLE and not two_outputs and not states


def _lengths(blocks: list[Block], fixed: set[str]) -> Iterator[int]:
    for depth in range(1, len(blocks) + 1):
        if "width" in fixed and _width(blocks[depth - 1][0]) != _width(blocks[-1][0]):
            continue
        if "space" in fixed and not all(_keeps_space(block[0]) for block in blocks[depth:]):
            continue
        yield depth


def _width(layer: Layer) -> int | None:
    arguments = config(layer)
    width: int | None = arguments.get("units", arguments.get("filters"))
    doubled = wraps(layer, "Bidirectional") and layer.config.get("merge_mode", "concat") == "concat"
    return 2 * width if doubled and width is not None else width


def _keeps_space(layer: Layer) -> bool:
    """Whether a layer returns as many steps, rows and columns as it gets."""
    arguments = config(layer)
    strides = arguments.get("strides", 1)
    steps = strides if isinstance(strides, list | tuple) else [strides]
    same = arguments.get("padding", "valid") in {"same", "causal"}
    return kind(layer) is not Kind.CONVOLUTION or (same and set(steps) == {1})


def _fixed_axes(graph: Graph, path: Path) -> set[str]:
    """Of `width` (the last axis) and `space` (those between), what something behind a layer relies on."""
    fixed: set[str] = set()
    done: set[tuple[Path, str]] = set()
    todo = [(path, "width"), (path, "space")]
    while todo:
        if (step := todo.pop()) in done:
            continue
        done.add(step)
        source, axis = step
        for consumer in graph.consumers[source]:
            if consumer == OUTPUT or (through := _passes(graph, source, consumer, axis)) is None:
                fixed.add(axis)
            else:
                todo += [(consumer, own) for own in through]
    return fixed


def _passes(graph: Graph, source: Path, consumer: Path, axis: str) -> set[str] | None:
    """What a change of an axis changes in a layer's output; `None` if the layer allows none, or may not."""
    layer = graph.layers[consumer]
    name = class_of(layer)
    if source[: len(consumer) - 1] != consumer[:-1]:
        return None  # the inputs of a nested model have fixed shapes
    if name == "Concatenate":
        return {"width"} if axis == "width" and layer.config.get("axis", -1) == -1 else None
    if consumer not in graph.single_input:
        return None
    if name == "Flatten":
        return {"width"}
    if name in GLOBAL_POOLINGS:
        return {"width"} if axis == "width" else set()
    if name in _PASSING or (name == "GroupNormalization" and axis == "space"):
        return {axis}
    if core(layer) in CELLS:
        sequences = config(layer).get("return_sequences", False) or wraps(layer, "TimeDistributed")
        return set() if axis == "width" or not sequences else {axis}
    if core(layer) in _REPEATABLE or (core(layer) or "").startswith("ConvLSTM"):
        return set() if axis == "width" else {axis}
    return None
