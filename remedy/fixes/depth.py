"""Fix: fewer, or more, hidden layers."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import Range, Space
from remedy.plan import Layer, Model, Plan
from remedy.surgery.graph import changing_layers_fails
from remedy.surgery.layers import Config, Kind, config, edit, free_name
from remedy.surgery.stacks import Block, Stack, stacks
from remedy.surgery.wires import map_model, replace_run

_DEEPEST = 1000
"""Keras does not build much deeper models, and writing them down takes time and memory."""


class Depth(Fix):
    """The number of layers in the model's stacks, its runs of hidden layers of one kind.

    A hidden layer that goes or is repeated takes the normalisation, activation and dropout behind it along.
    Where something behind a stack relies on its output's shape, such as a skip connection, the stack is cut
    behind a layer that returns this shape, and that layer is repeated until the depth is right; a stack that
    has no such layer early enough stays as it is.
    """

    name = "depth"
    stage = Stage.MODEL
    new_graph = True
    value_type = Annotated[int, Field(ge=1, le=_DEEPEST)]
    changes = (
        "Keeps the first layers of every run of hidden layers of one kind (recurrent, convolution or dense) "
        "that is longer than this, or repeats the last one of the longest run, until it has this many."
    )
    helps_when = (
        "The network is deeper than it can be trained: gradients vanish on the way to the first layers, and"
        " the same network with fewer layers learns."
    )
    source = (
        "He et al., Deep Residual Learning for Image Recognition (2016), where plain networks get worse on "
        "the training data itself as they get deeper, https://arxiv.org/abs/1512.03385"
    )

    def default_space(self, plan: Plan) -> Space:
        """From the least depth that fits what is behind the stacks to what the baseline has."""
        found = stacks(plan.model)
        deepest = max((len(stack.blocks) for stack in found), default=1)
        return Range(min((stack.lengths[0] for stack in found), default=1), deepest)

    def not_applicable(self, plan: Plan) -> str | None:
        """A model without hidden layers has no stack."""
        if reason := changing_layers_fails(plan):
            return reason
        if stacks(plan.model):
            return None
        return "the model has no hidden layer that could be left out or repeated"

    def cause(self, plan: Plan, value: int) -> str:
        """How many hidden layers there were."""
        deepest = max((len(stack.blocks) for stack in stacks(plan.model)), default=0)
        layers = "1 hidden layer was" if deepest == 1 else f"{deepest} hidden layers in a row were"
        return f"{layers} too {'many' if value < deepest else 'few'}"

    def explains_divergence(self, plan: Plan, value: int) -> bool:
        """Too many layers can, too few do not."""
        return value < max((len(stack.blocks) for stack in stacks(plan.model)), default=0)

    def cure(self, plan: Plan, value: int) -> str:  # noqa: ARG002
        """How many there are."""
        return f"a depth of {value}"

    def apply(self, plan: Plan, value: int) -> Plan:
        """The plan whose longest stack has `value` layers, and whose other stacks have no more."""
        model = plan.model
        for index, stack in enumerate(stacks(plan.model)):
            has = len(stack.blocks)
            if has > value or (has < value and index == 0):
                resize = functools.partial(_resized, stack=stack, depth=value)
                model = map_model(model, stack.model, resize)
        return plan.replace(model=model)


def _resized(model: Model, stack: Stack, depth: int) -> Model:
    """The model with a stack of another depth, if there is one that fits what is behind it."""
    kept = max((length for length in stack.lengths if length <= depth), default=None)
    if kept is None:
        return model
    present = {layer.name: layer for layer in model.layers}  # a stack before this one may have been resized
    before = [tuple(present[layer.name] for layer in block) for block in stack.blocks[:kept]]
    copies = _repeated(before[-1], depth - kept, set(present))
    if stack.kind is Kind.CONVOLUTION:
        copies = ((edit(copy[0], _same_size), *copy[1:]) for copy in copies)
    blocks = [*before, *copies]
    if stack.kind is Kind.RECURRENT:
        last = _returns_sequences(stack.blocks[-1])
        blocks = [_returning(block, sequences=True) for block in blocks[:-1]] + [
            _returning(blocks[-1], sequences=last)
        ]
    return replace_run(model, stack.names, [layer for block in blocks for layer in block])


def _repeated(block: Block, times: int, taken: set[str]) -> Iterator[Block]:
    """Copies of a block, each with names of its own."""
    for _ in range(times):
        copy = _renamed(block, taken)
        taken = taken | {layer.name for layer in copy}
        yield copy


def _same_size(arguments: Config) -> Config:
    """Arguments of a convolution that returns as many steps, rows and columns as it gets."""
    others = {name: value for name, value in arguments.items() if name != "strides"}
    return others if others.get("padding") == "causal" else others | {"padding": "same"}


def _renamed(block: Sequence[Layer], taken: set[str]) -> Block:
    first, *followers = block
    name = free_name(first.name, taken)
    renamed = [first.model_copy(update={"name": name})]
    for follower in followers:
        own = follower.name.startswith(f"{first.name}_")
        candidate = name + follower.name.removeprefix(first.name) if own else follower.name
        renamed.append(follower.model_copy(update={"name": free_name(candidate, taken)}))
    return tuple(renamed)


def _returns_sequences(block: Block) -> bool:
    return bool(config(block[0]).get("return_sequences", False))


def _returning(block: Block, *, sequences: bool) -> Block:
    if _returns_sequences(block) == sequences:
        return block

    def change(arguments: Config) -> Config:
        others = {name: value for name, value in arguments.items() if name != "return_sequences"}
        return others | ({"return_sequences": True} if sequences else {})

    return (edit(block[0], change), *block[1:])
