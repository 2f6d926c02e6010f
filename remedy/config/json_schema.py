"""The experiment file as a JSON schema, with which editors complete and check it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from remedy.config.experiment import Experiment
from remedy.fixes import Fix, builtin_fixes

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SWITCH: Schema = {"enum": [True, False, "on", "off"]}
"""YAML 1.2, which editors speak, takes `on` and `off` for text; remedy does not."""

_INFERRED = ("name", "fixes")
"""A loaded experiment has them always; a file need not."""


def experiment_schema() -> Schema:
    """The JSON schema (2020-12) of an experiment file with the built-in fixes.

    Everything that loads is valid. The reverse does not hold: what several keys mean together, or what stands
    in the data, a schema cannot say.
    """
    schema = Experiment.model_json_schema()
    definitions: dict[str, Schema] = schema["$defs"]
    for section in (schema, *definitions.values()):
        required = [key for key in section.get("required", []) if key not in _INFERRED]
        section["required"] = required
        for key, inner in section["properties"].items():
            if key not in required:
                section["properties"][key] = _or_empty(inner)
    schema["properties"]["fixes"] = _fixes(definitions)
    written: Schema = _as_written(schema)
    return {"$schema": _DIALECT, "title": "remedy experiment"} | written


def _fixes(definitions: dict[str, Schema]) -> Schema:
    entries = {}
    for name, fix in builtin_fixes().items():
        reference = f"#/$defs/{name}_space"
        definitions[f"{name}_space"] = _space(TypeAdapter(fix.value_type).json_schema(), reference)
        entries[name] = _entry(fix, {"$ref": reference})
    return {
        "description": "The fixes that are searched, and the values to try; without this section all are.",
        "type": "object",
        "properties": entries,
        "patternProperties": {":": {"description": "A fix of your own: file.py:Class or module:Class."}},
        "additionalProperties": False,
        "minProperties": 1,
    }


def _entry(fix: Fix, space: Schema) -> Schema:
    choices = {"type": "array", "items": {"anyOf": [space, {"type": "boolean"}]}, "minItems": 1}
    required = {"type": "boolean", "description": "The fix is never off."}
    return {
        "description": f"{fix.changes}\n\n{fix.helps_when}",
        "anyOf": [
            {"type": "boolean"},
            space,
            choices,
            {
                "type": "object",
                "properties": {"required": required, "choices": choices, "value": space},
                "additionalProperties": False,
            },
            # What stands beside `required` is a mapping that would be a space without it.
            {"type": "object", "properties": {"required": required}, "required": ["required"]},
        ],
    }


def _space(value: Schema, reference: str) -> Schema:
    """What may stand where a value of this schema is tried.

    Args:
        value: the schema of a single value.
        reference: leads to what is returned.
    """
    kinds = value.get("anyOf", [value])
    options = [_parameters(kind, reference) if "properties" in kind else kind for kind in kinds]
    options += [_range(kind) for kind in kinds if kind.get("type") in {"integer", "number"}]
    options.append({"type": "array", "items": {"$ref": reference}, "minItems": 1})
    return {"anyOf": options}


def _parameters(value: Schema, reference: str) -> Schema:
    place = f"{reference}/anyOf/0/properties"
    spaces = {name: _space(inner, f"{place}/{name}") for name, inner in value["properties"].items()}
    return value | {"properties": spaces}


def _range(value: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {
            "low": value,
            "high": value,
            "log": {"type": "boolean", "description": "Draw on a logarithmic scale."},
            "step": {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "null"}]},
        },
        "required": ["low", "high"],
        "additionalProperties": False,
    }


def _or_empty(schema: Schema) -> Schema:
    """A key without a value has its default."""
    empty = {"type": "null"}
    if "anyOf" in schema:
        options = schema["anyOf"]
        return schema if empty in options else schema | {"anyOf": [*options, empty]}
    outer = {key: schema[key] for key in ("description", "default") if key in schema}
    return outer | {"anyOf": [{key: value for key, value in schema.items() if key not in outer}, empty]}


def _as_written(schema: Any) -> Any:
    """Switches as they may be written, and nothing that only repeats what is said elsewhere."""
    if isinstance(schema, list):
        return [_as_written(inner) for inner in schema]
    if not isinstance(schema, Mapping):
        return schema
    if schema.get("const") is True:
        return {"enum": [True, "on"]}
    if schema.get("type") == "boolean":
        return _SWITCH | {key: value for key, value in schema.items() if key in {"default", "description"}}
    return {key: _as_written(value) for key, value in schema.items() if not _is_noise(key, value)}


def _is_noise(key: str, value: Any) -> bool:
    return (key == "title" and isinstance(value, str)) or (
        key == "default" and (value is None or isinstance(value, dict))
    )
