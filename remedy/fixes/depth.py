"""Fix: fewer, or more, hidden layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from remedy.fixes._layers import Config, Kind, Stack, config, edit, free_name, longest_stack
from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import Range, Space
from remedy.plan import Layer, Plan

Block = tuple[Layer, ...]


class Depth(Fix):
    """The number of layers in the model's main stack: its longest run of hidden layers of one kind.

    A hidden layer that goes or is repeated takes the normalisation, activation and dropout behind it along.
    """

    name = "depth"
    stage = Stage.MODEL
    new_graph = True
    value_type = Annotated[int, Field(ge=1)]
    changes = (
        "Keeps the first layers of the longest run of hidden layers of one kind (recurrent, convolution or "
        "dense), or repeats its last one, until the run has this many."
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
        """From one layer to as many as the baseline has."""
        stack = longest_stack(plan.model.layers)
        return Range(1, len(stack.blocks) if stack else 1)

    def not_applicable(self, plan: Plan) -> str | None:
        """A model without hidden layers has no stack."""
        if longest_stack(plan.model.layers):
            return None
        return "the model has no hidden layer that could be left out or repeated"

    def apply(self, plan: Plan, value: int) -> Plan:
        """The plan whose main stack has `value` layers."""
        layers = plan.model.layers
        stack = longest_stack(layers)
        if stack is None:
            return plan
        blocks = [*stack.blocks[:value], *_repeated(stack, value, {layer.name for layer in layers})]
        if stack.kind is Kind.RECURRENT:
            last = _returns_sequences(stack.blocks[-1])
            blocks = [_returning(block, sequences=True) for block in blocks[:-1]] + [
                _returning(blocks[-1], sequences=last)
            ]
        resized = [layer for block in blocks for layer in block]
        return plan.with_layers((*layers[: stack.start], *resized, *layers[stack.end :]))


def _repeated(stack: Stack, depth: int, taken: set[str]) -> Iterator[Block]:
    """As many copies of the stack's last block as `depth` still needs, each with names of its own."""
    for _ in range(depth - len(stack.blocks)):
        copy = _renamed(stack.blocks[-1], taken)
        taken = taken | {layer.name for layer in copy}
        yield copy


def _renamed(block: Block, taken: set[str]) -> Block:
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
