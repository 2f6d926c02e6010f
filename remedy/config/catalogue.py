"""All keys of an experiment file as Markdown: `python -m remedy.config.catalogue > docs/keys.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import yaml
from pydantic import TypeAdapter

from remedy.config.json_schema import Schema, experiment_schema
from remedy.fixes import builtin_fixes
from remedy.fixes.registry import is_shipped

_INTRODUCTION = """\
# All keys

Every key of an experiment file, what may stand there and what holds without it, from the schema that checks
the files. Where no default stands, the key is off, or what fits is inferred; [yaml.md](yaml.md) says which,
and what the keys mean.
"""
_FIXES = """\
## fixes

A value of each fix; [yaml.md](yaml.md#fixes) says how to write lists and ranges of them, and
[fixes.md](fixes.md) which values are tried by default.

| key | a value is |
|---|---|
"""
_KINDS = {
    "array": "a list of them",
    "boolean": "`true` or `false`",
    "integer": "a whole number",
    "number": "a number",
    "object": "a mapping",
    "string": "text",
}
_LIMITS = {
    "minimum": "at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "exclusiveMaximum": "below",
}


def catalogue_markdown() -> str:
    """The keys of every section with their types and defaults."""
    schema = experiment_schema()
    definitions: dict[str, Schema] = schema["$defs"]
    sections: dict[str, list[str]] = {"Top level": []}
    for key, inner in schema["properties"].items():
        if key == "fixes":
            continue
        section = _section(inner, definitions)
        if section is None:
            sections["Top level"].append(_row(key, inner, schema))
        else:
            sections[key] = list(_rows(key, section, definitions))
    tables = [
        "\n".join([f"## {name}", "", "| key | takes | default |", "|---|---|---|", *rows, ""])
        for name, rows in sections.items()
    ]
    fixes = "".join(
        f"| `{name}` | {_takes(TypeAdapter(fix.value_type).json_schema())} |\n"
        for name, fix in builtin_fixes().items()
        if is_shipped(name)
    )
    return "\n".join([_INTRODUCTION, *tables, _FIXES + fixes])


def _section(schema: Schema, definitions: dict[str, Schema]) -> Schema | None:
    """The mapping that a key takes, if its keys are known."""
    for option in schema.get("anyOf", [schema]):
        if "$ref" in option:
            return definitions[option["$ref"].rsplit("/", 1)[1]]
    return None


def _rows(path: str, section: Schema, definitions: dict[str, Schema]) -> Iterator[str]:
    for key, inner in section["properties"].items():
        yield _row(f"{path}.{key}", inner, section)
        if (below := _section(inner, definitions)) is not None:
            yield from _rows(f"{path}.{key}", below, definitions)


def _row(path: str, schema: Schema, section: Schema) -> str:
    default = f"`{_written(schema['default'])}`" if "default" in schema else ""
    if path.rsplit(".", 1)[-1] in section["required"]:
        default = "required"
    return f"| `{path}` | {_takes(schema)} | {default} |"


def _takes(schema: Schema) -> str:
    """What may stand for a value, in words."""
    if "anyOf" in schema:
        options = [option for option in schema["anyOf"] if option != {"type": "null"}]
        return ", or ".join(map(_takes, options))
    if "enum" in schema or "const" in schema:
        return _words(schema.get("enum") or [schema["const"]])
    if "properties" in schema:
        parameters = schema["properties"].items()
        return "; ".join(f"`{name}`: {_takes(inner)}" for name, inner in parameters)
    kind = schema.get("type", "object")
    limits = [f", {word} {schema[key]}" for key, word in _LIMITS.items() if key in schema]
    return _KINDS[kind] + "".join(limits)


def _words(values: list[Any]) -> str:
    *most, last = [f"`{_written(value)}`" for value in values if value not in {"on", "off"}]
    return f"{', '.join(most)} or {last}" if most else last


def _written(value: Any) -> str:
    return yaml.safe_dump(value, default_flow_style=True).removesuffix("\n").removesuffix("\n...")


if __name__ == "__main__":
    sys.stdout.write(catalogue_markdown())
