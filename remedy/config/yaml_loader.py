"""Reads YAML into plain data and remembers the line of every key.

Scalars follow YAML 1.2 rather than the 1.1 of PyYAML: `1e-5` is a number, `yes` and `2024-01-31` are text,
`012` is twelve. `on` and `off` are booleans all the same, because a fix is switched with them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from remedy.config.problems import KeyPath

_MAX_NODES = 10_000
_STANDARD = "tag:yaml.org,2002:"

SCALARS: tuple[tuple[str, re.Pattern[str], list[str]], ...] = (
    (
        f"{_STANDARD}bool",
        re.compile(r"(?:true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)\Z"),
        list("tTfFoO"),
    ),
    (f"{_STANDARD}null", re.compile(r"(?:~|null|Null|NULL|)\Z"), ["~", "n", "N", ""]),
    (f"{_STANDARD}int", re.compile(r"[-+]?[0-9]+\Z"), list("-+0123456789")),
    (
        f"{_STANDARD}float",
        re.compile(
            r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
            r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
        ),
        list("-+.0123456789"),
    ),
    (f"{_STANDARD}merge", re.compile(r"<<\Z"), ["<"]),
)
"""Tag, pattern and possible first characters of every plain scalar that is not text, first match wins."""

_PATTERNS = {tag: pattern for tag, pattern, _ in SCALARS}

_PLAINER = {
    "mapping values are not allowed here": "unexpected ':'; check the indentation, "
    "and put text that holds ': ' in quotes",
    "could not find expected ':'": "expected 'key: value'",
    "found unexpected end of stream": "the file ends inside a quoted text",
    "expected a single document in the stream": "only one document is allowed; remove the '---'",
}


class YamlError(ValueError):
    """Text that is not usable YAML; `line` counts from 1 and is `None` where no line can be named."""

    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Document:
    """Plain data, and the line on which each key or list item of it stands.

    Attributes:
        data: dicts with text keys, lists, text, numbers, booleans and `None`.
        lines: path of keys and indices -> line, from 1; the empty path is the document itself.
    """

    data: Any
    lines: dict[KeyPath, int]


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers = {}  # noqa: RUF012  (PyYAML's own way to replace the YAML 1.1 rules)


for _tag, _pattern, _first in SCALARS:
    _Loader.add_implicit_resolver(_tag, _pattern, _first)


def read_yaml(text: str) -> Document:
    r"""Read one YAML document.

    Args:
        text: the YAML text; empty text gives `None` as data.

    Raises:
        YamlError: a syntax error, a duplicate key, a custom tag, several documents, or aliases that
            expand to more data than any experiment has.

    >>> read_yaml("low: 1e-5\nlog: off").data
    {'low': 1e-05, 'log': False}
    """
    node = _compose(text)
    if node is None:
        return Document(None, {(): 1})
    builder = _Builder()
    try:
        data = builder.build(node, ())
    except RecursionError:
        raise YamlError("nested too deeply; an experiment has a few levels only", None) from None
    return Document(data, builder.lines)


def _compose(text: str) -> yaml.Node | None:
    loader: _Loader | None = None
    try:
        loader = _Loader(text)
        return loader.get_single_node()
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlError(f"the character {chr(error.character)!a} is not allowed in YAML", line) from None
    except yaml.MarkedYAMLError as error:
        raise _plainer(error, text) from None
    except RecursionError:
        raise YamlError("nested too deeply; an experiment has a few levels only", None) from None
    except (ValueError, OverflowError):
        # PyYAML passes "\UFFFFFFFF" in quoted text straight to chr().
        raise YamlError("an escape in quoted text names no character", _line(loader)) from None
    finally:
        if loader is not None:
            loader.dispose()


def _line(loader: _Loader | None) -> int | None:
    return None if loader is None else loader.line + 1


def _plainer(error: yaml.MarkedYAMLError, text: str) -> YamlError:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else None
    problem = " ".join(str(error.problem or error.context).split())
    lines = text.splitlines()
    if "'\\t'" in problem or (line and line <= len(lines) and re.match(r" *\t", lines[line - 1])):
        return YamlError("a tab cannot indent or separate keys in YAML; use spaces", line)
    if str(error.context).startswith("expected a single document"):
        return YamlError(_PLAINER["expected a single document in the stream"], line)
    start = error.context_mark.line + 1 if error.context_mark else line
    within = f" (in what starts on line {start})" if start != line else ""
    return YamlError(f"not valid YAML: {_PLAINER.get(problem, problem)}{within}", line)


class _Builder:
    """Turns composed nodes into plain data."""

    def __init__(self) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._nodes = 0
        self._open: set[int] = set()

    def build(self, node: yaml.Node, path: KeyPath) -> Any:
        self._nodes += 1
        if self._nodes > _MAX_NODES:
            raise YamlError(f"more than {_MAX_NODES} values, all aliases expanded", _line_of(node))
        self.lines.setdefault(path, _line_of(node))
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if id(node) in self._open:
            raise YamlError("an alias stands inside the very value that it repeats", _line_of(node))
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode) and node.tag == f"{_STANDARD}map":
                return self._mapping(node, path)
            if isinstance(node, yaml.SequenceNode) and node.tag == f"{_STANDARD}seq":
                return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        finally:
            self._open.discard(id(node))
        raise _tag_error(node)

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        own: dict[str, Any] = {}
        seen: dict[str, int] = {}
        merged: list[yaml.Node] = []
        for key_node, value_node in node.value:
            key = _key(key_node)
            line = _line_of(key_node)
            if key in seen:
                raise YamlError(f"key {key!r} is given twice, on line {seen[key]} and on line {line}", line)
            seen[key] = line
            if key_node.tag == f"{_STANDARD}merge":
                merged += value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
                continue
            self.lines.setdefault((*path, key), line)
            own[key] = self.build(value_node, (*path, key))
        # What wins is built first, so `setdefault` keeps its lines.
        return self._merge(merged, path) | own if merged else own

    def _merge(self, nodes: list[yaml.Node], path: KeyPath) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for node in nodes:
            if not isinstance(node, yaml.MappingNode):
                raise YamlError("'<<' needs an alias of a mapping, or a list of them", _line_of(node))
            values = self.build(node, path)
            result = values | result
        return result


def _line_of(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _key(node: yaml.Node) -> str:
    """A key as it is written: `on:` is the key "on", not a boolean."""
    if not isinstance(node, yaml.ScalarNode):
        raise YamlError("a key must be text, not a list or a mapping", _line_of(node))
    return str(node.value)


def _scalar(node: yaml.ScalarNode) -> Any:
    kind = node.tag.removeprefix(_STANDARD)
    text = str(node.value)
    if kind in {"str", "merge"}:
        return text
    if node.tag not in _PATTERNS:
        raise _tag_error(node)
    if not _PATTERNS[node.tag].match(text):
        raise YamlError(f"{text!r} does not fit the tag !!{kind}", _line_of(node))
    match kind:
        case "bool":
            return text.lower() in {"true", "on"}
        case "null":
            return None
        case "int":
            return _whole_number(text, _line_of(node))
        case _:
            return float(re.sub(r"\.(inf|nan)", r"\1", text.lower()))


def _whole_number(text: str, line: int) -> int:
    # int() refuses more than 4300 digits.
    if len(text) > 4000:
        raise YamlError(f"the number {text[:12]}... has too many digits", line)
    return int(text)


def _tag_error(node: yaml.Node) -> YamlError:
    tag = node.tag.replace(_STANDARD, "!!")
    return YamlError(f"the tag {tag} is not supported; write plain values", _line_of(node))
