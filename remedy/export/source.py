"""Python source from nested expressions, laid out as `ruff format` lays it out."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from remedy.inert import legible

WIDTH = 100


@dataclass(frozen=True)
class Node:
    """Something in brackets: a call, a list, a mapping.

    Attributes:
        start: the text up to the opening bracket, the bracket included.
        items: what stands in it.
        end: the closing bracket and what follows it.
        tall: each item gets a line of its own even if all would fit into one.
    """

    start: str
    items: tuple[Expression, ...]
    end: str
    tall: bool = False


Expression = str | Node


def call(function: str, *arguments: Expression, **named: Expression) -> Node:
    """A call of a function or class.

    >>> flat(call("layers.Dense", "4", activation=literal("relu")))
    'layers.Dense(4, activation="relu")'
    """
    keywords = (prefixed(f"{name}=", value) for name, value in named.items())
    return Node(f"{function}(", (*arguments, *keywords), ")")


def prefixed(text: str, expression: Expression) -> Expression:
    """An expression with a text in front of it, such as the name of an argument."""
    if isinstance(expression, str):
        return text + expression
    return replace(expression, start=text + expression.start)


def followed(expression: Expression, text: str) -> Expression:
    """An expression with a text behind it."""
    if isinstance(expression, str):
        return expression + text
    return replace(expression, end=expression.end + text)


def tall(node: Node) -> Node:
    """The same with a line for each item."""
    return replace(node, tall=True)


def pair(one: Expression, other: Expression) -> Node:
    """A tuple of two."""
    return Node("(", (one, other), ")")


def sequence(items: Iterable[Expression]) -> Node:
    """A list."""
    return Node("[", tuple(items), "]")


def mapping(items: Mapping[str, Expression]) -> Node:
    """A dict with text as keys."""
    return Node("{", tuple(prefixed(f"{literal(key)}: ", item) for key, item in items.items()), "}")


def literal(value: Any) -> Expression:
    """Plain data as source.

    >>> flat(literal({"axis": [-1], "name": None}))
    '{"axis": [-1], "name": None}'
    """
    if isinstance(value, str):
        return text_literal(value)
    if isinstance(value, Mapping):
        return mapping({str(key): literal(item) for key, item in value.items()})
    if isinstance(value, tuple):
        comma = "," if len(value) == 1 else ""
        return Node("(", tuple(literal(item) for item in value), f"{comma})")
    if isinstance(value, list):
        return sequence(literal(item) for item in value)
    if isinstance(value, float) and value in {float("inf"), float("-inf")}:
        return f'float("{value}")'
    return repr(value)


def text_literal(text: str) -> str:
    r"""Text as source, on one line, in double quotes; what cannot be printed is spelled out.

    >>> print(text_literal('"\n\u202e'))
    "\"\n\u202e"
    """
    return legible(json.dumps(text, ensure_ascii=False))


def formatted(text: str, variable: str) -> str:
    """The f-string of a text with the value of a variable behind it.

    >>> formatted("X_", "part")
    'f"X_{part}"'
    """
    braces = text_literal(text).replace("{", "{{").replace("}", "}}")
    return f'f{braces[:-1]}{{{variable}}}"'


def inside_docstring(text: str) -> str:
    """Prose as it can stand in a docstring, which it neither ends nor holds escapes of."""
    return legible(text).replace("\\", "\\\\").replace('"', '\\"')


def flat(expression: Expression) -> str:
    """The expression in one line."""
    if isinstance(expression, str):
        return expression
    return f"{expression.start}{', '.join(map(flat, expression.items))}{expression.end}"


def is_tall(expression: Expression) -> bool:
    """Whether an expression does not go into one line, whatever its length."""
    return isinstance(expression, Node) and (expression.tall or any(map(is_tall, expression.items)))


def lines(expression: Expression, indent: int = 0, end: str = "") -> list[str]:
    """The expression as lines of at most `WIDTH` characters, as far as it has brackets to be broken at.

    Args:
        expression: what to write.
        indent: how many spaces the first line begins with.
        end: what follows the expression in its last line.
    """
    space, one_line = " " * indent, flat(expression) + end
    if isinstance(expression, str) or not expression.items:
        return [space + one_line]
    if not is_tall(expression) and len(space + one_line) <= WIDTH:
        return [space + one_line]
    inside = ", ".join(map(flat, expression.items))
    inner = " " * (indent + 4)
    closing = expression.end.lstrip(",")
    if not is_tall(expression) and _is_call(expression) and len(inner + inside) <= WIDTH:
        body = [inner + inside]
    elif len(expression.items) == 1 and _is_call(expression):
        body = lines(expression.items[0], indent + 4)
    else:
        body = [line for item in expression.items for line in lines(item, indent + 4, ",")]
    return [space + expression.start, *body, space + closing + end]


def statement(start: str, expression: Expression) -> list[str]:
    """A statement in the body of a function, such as an assignment, as lines that are not indented yet."""
    return [line.removeprefix("    ") for line in lines(prefixed(start, expression), 4)]


def _is_call(expression: Node) -> bool:
    return re.search(r"\w\($", expression.start) is not None


def function(head: str, doc: str, body: Sequence[str]) -> str:
    """A function: its head without `def` and colon, its docstring, and the lines of its body."""
    documented = docstring(doc, WIDTH - 4)
    return "\n".join([f"def {head}:", *(f"    {line}".rstrip() for line in (*documented, *body))])


def docstring(text: str, width: int = WIDTH) -> list[str]:
    """The lines of a docstring, which has its quotes on a line of their own if it does not go into one.

    >>> docstring("Says it.")
    ['\"\"\"Says it.\"\"\"']
    """
    text = inside_docstring(text)
    if len(text) + 6 <= width:
        return [f'"""{text}"""']
    wrapped = textwrap.wrap(f'"""{text}', width, break_long_words=False)
    # A single line may be longer by its closing quotes, says ruff; two lines are never.
    shorter = textwrap.wrap(wrapped[0], width - 8, break_long_words=False)
    return [*(wrapped if len(wrapped) > 1 else shorter), '"""']
