"""What the fixes know about Keras layers: their kinds, what is inside a wrapper, stacks and names."""

from __future__ import annotations

import enum
import itertools
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from remedy.plan import Layer

Config = dict[str, Any]


class Kind(enum.Enum):
    """A kind of layer that has a kernel; of two equally long stacks, the first kind here is the one meant."""

    RECURRENT = "recurrent"
    CONVOLUTION = "convolution"
    DENSE = "dense"


_KINDS = {
    "SimpleRNN": Kind.RECURRENT,
    "GRU": Kind.RECURRENT,
    "LSTM": Kind.RECURRENT,
    "Conv1D": Kind.CONVOLUTION,
    "Conv2D": Kind.CONVOLUTION,
    "Conv3D": Kind.CONVOLUTION,
    "Dense": Kind.DENSE,
}
_WRAPPERS = frozenset({"Bidirectional", "TimeDistributed"})
_WRAPPED = ("layer", "backward_layer")

_NORMALISATIONS = frozenset(
    {
        "BatchNormalization",
        "LayerNormalization",
        "GroupNormalization",
        "RMSNormalization",
        "UnitNormalization",
    }
)
_ACTIVATIONS = frozenset({"Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax"})
_NOISES = frozenset({"Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "ActivityRegularization"})
_CONVOLUTION_NOISES = frozenset({"SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"})
_FOLLOWERS = _NORMALISATIONS | _ACTIVATIONS | _NOISES


def kind(layer: Layer) -> Kind | None:
    """What kind of layer it is, looking through a wrapper; `None` if it has no kernel."""
    if layer.class_name in _WRAPPERS:
        return _KINDS.get(layer.config["layer"]["class_name"])
    return _KINDS.get(layer.class_name)


def is_normalisation(layer: Layer) -> bool:
    """Whether the layer normalises its input."""
    return layer.class_name in _NORMALISATIONS


def config(layer: Layer) -> Config:
    """The constructor arguments of the layer, or of the layer inside a wrapper."""
    if layer.class_name in _WRAPPERS:
        inner: Config = layer.config["layer"]["config"]
        return inner
    return layer.config


def edit(layer: Layer, change: Callable[[Config], Config]) -> Layer:
    """The layer with changed constructor arguments; in a wrapper, those of the layer or layers inside."""
    if layer.class_name not in _WRAPPERS:
        return layer.model_copy(update={"config": change(layer.config)})
    inner = {
        key: layer.config[key] | {"config": change(layer.config[key]["config"])}
        for key in _WRAPPED
        if layer.config.get(key) is not None
    }
    return layer.model_copy(update={"config": layer.config | inner})


def with_argument(layer: Layer, name: str, value: Any, default: Any) -> Layer:
    """The layer with one constructor argument set; unchanged where it has the value already."""

    def change(arguments: Config) -> Config:
        return arguments if arguments.get(name, default) == value else arguments | {name: value}

    return edit(layer, change)


def output_index(layers: Sequence[Layer]) -> int:
    """Position of the output layer, the last one with a kernel; -1 if there is none."""
    return max((index for index, layer in enumerate(layers) if kind(layer)), default=-1)


def hidden_indices(layers: Sequence[Layer]) -> list[int]:
    """Positions of the layers with a kernel before the output layer."""
    return [index for index, layer in enumerate(layers[: max(output_index(layers), 0)]) if kind(layer)]


@dataclass(frozen=True)
class Stack:
    """Hidden layers of one kind, one directly after the other.

    Attributes:
        start: position of the stack's first layer in the model.
        blocks: per hidden layer, the layer and what belongs to it: normalisation, activation, dropout.
    """

    kind: Kind
    start: int
    blocks: tuple[tuple[Layer, ...], ...]

    @property
    def end(self) -> int:
        """Position after the stack's last layer."""
        return self.start + sum(map(len, self.blocks))


def longest_stack(layers: Sequence[Layer]) -> Stack | None:
    """The stack with the most hidden layers, or `None` without hidden layers."""
    order = list(Kind)
    return min(_stacks(layers), key=lambda stack: (-len(stack.blocks), order.index(stack.kind)), default=None)


def _stacks(layers: Sequence[Layer]) -> Iterator[Stack]:
    stack: Stack | None = None
    for index in hidden_indices(layers):
        layer_kind = kind(layers[index])
        if layer_kind is None:
            continue
        block = (layers[index], *_followers(layers, index, layer_kind))
        if stack and stack.kind is layer_kind and stack.end == index:
            stack = Stack(stack.kind, stack.start, (*stack.blocks, block))
            continue
        if stack:
            yield stack
        stack = Stack(layer_kind, index, (block,))
    if stack:
        yield stack


def _followers(layers: Sequence[Layer], index: int, layer_kind: Kind) -> Iterator[Layer]:
    own = _FOLLOWERS | _CONVOLUTION_NOISES if layer_kind is Kind.CONVOLUTION else _FOLLOWERS
    return itertools.takewhile(lambda layer: layer.class_name in own, layers[index + 1 :])


def free_name(name: str, taken: Collection[str]) -> str:
    """The name itself if it is free, else the name with the next free number.

    >>> free_name("lstm_1", {"lstm_1", "lstm_2"})
    'lstm_3'
    """
    if name not in taken:
        return name
    match = re.fullmatch(r"(.+)_(\d+)", name)
    stem, number = (match[1], int(match[2])) if match else (name, 1)
    return next(
        candidate
        for following in itertools.count(number + 1)
        if (candidate := f"{stem}_{following}") not in taken
    )
