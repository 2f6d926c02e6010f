"""Turns pydantic's validation errors into problems in the words of the experiment file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeGuard, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from typing_extensions import is_typeddict

from remedy.config.experiment import Experiment
from remedy.config.problems import (
    KeyPath,
    Problem,
    RejectedError,
    key_text,
    nearest,
    shown,
    unknown_key,
    unknown_value,
)

_EXPECTED = {
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "text",
    "list_type": "a list",
    "model_type": "a mapping of keys",
    "dict_type": "a mapping of keys",
    "mapping_type": "a mapping of keys",
    "finite_number": "a finite number",
    "int_parsing_size": "a smaller number",
}

_LIMITS = {
    "greater_than": ("must be above", "gt"),
    "greater_than_equal": ("must be at least", "ge"),
    "less_than": ("must be below", "lt"),
    "less_than_equal": ("must be at most", "le"),
}


def experiment_problems(error: ValidationError, data: Mapping[str, Any]) -> list[Problem]:
    """The problems behind an error of `Experiment.model_validate(data)`."""
    by_path: dict[KeyPath, list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False):
        by_path.setdefault(_path(detail, data), []).append(detail)
    problems = [_problem(path, details) for path, details in by_path.items()]
    return [
        problem
        for problem in problems
        if not (problem.missing and _explained_by_misspelling(problem.path, data))
    ]


def value_problem(
    error: ValidationError, value_type: Any, places: Mapping[KeyPath, KeyPath]
) -> RejectedError:
    """The first problem of a value of a fix.

    Args:
        error: of the check of the value.
        value_type: the type that it was checked against.
        places: path inside the value -> where that part stands in the file; it has the empty path.
    """
    details = error.errors(include_url=False)
    detail = details[0]
    path = tuple(detail["loc"])
    if detail["type"] == "extra_forbidden" and is_typeddict(value_type):
        return RejectedError(
            unknown_key(str(path[-1]), value_type.__annotations__), (*_place(path[:-1], places), path[-1])
        )
    if detail["type"] == "missing":
        return RejectedError(f"{path[-1]!r} is missing", _place(path[:-1], places))
    message = _message([other for other in details if other["input"] is detail["input"]])
    if message.endswith("number, got a mapping"):
        message += "; a range is written {low: 1, high: 10}"
    return RejectedError(message, _place(path, places))


def _place(inner: KeyPath, places: Mapping[KeyPath, KeyPath]) -> KeyPath:
    """Where the deepest part of a value on the way to `inner` stands in the file."""
    return next(places[inner[:end]] for end in range(len(inner), -1, -1) if inner[:end] in places)


def _path(detail: ErrorDetails, data: Mapping[str, Any]) -> KeyPath:
    path = tuple(detail["loc"])
    if detail["type"] in {"missing", "extra_forbidden"}:
        return path
    cause = detail.get("ctx", {}).get("error")
    inner = cause.path if isinstance(cause, RejectedError) else ()
    return _existing((*path, *inner), data)


def _problem(path: KeyPath, details: Sequence[ErrorDetails]) -> Problem:
    detail = details[0]
    if detail["type"] == "missing":
        return Problem(path, _missing_message(path), missing=True)
    if detail["type"] == "extra_forbidden":
        return Problem(path, _unknown_key_message(path))
    message = _message(details)
    if isinstance(detail["input"], list) and path[:1] in {("training",), ("model",)} and "a list" in message:
        message += "; values to try belong under fixes"
    return Problem(path, message)


def _message(details: Sequence[ErrorDetails]) -> str:
    """The message of one value; several details come from a value that may have one of several types."""
    detail = details[0]
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return unknown_value(value, _allowed(str(context["expected"])))
    if kind in _LIMITS:
        words, key = _LIMITS[kind]
        return f"{words} {context[key]:g}, got {shown(value)}"
    if kind in {"too_short", "string_too_short"}:
        return "the list is empty" if kind == "too_short" else "the text is empty"
    if kind in _EXPECTED:
        expected = dict.fromkeys(_EXPECTED[other["type"]] for other in details if other["type"] in _EXPECTED)
        quotes = isinstance(value, bool | int | float) and expected.keys() == {"text"}
        return f"expected {' or '.join(expected)}, got {shown(value)}" + (
            "; put it in quotes" if quotes else ""
        )
    return f"{detail['msg'][:1].lower()}{detail['msg'][1:]}, got {shown(value)}"


def _allowed(expected: str) -> list[str]:
    """The words of pydantic's `'a', 'b' or 'c'`; `True` and `False` come without quotes."""
    return re.findall(r"'([^']*)'", expected) or [word.lower() for word in expected.split(" or ")]


def _missing_message(path: KeyPath) -> str:
    section = _section_at(path[:-1])
    field = section.model_fields.get(str(path[-1])) if section else None
    return f"is missing: {field.description}" if field and field.description else "is missing"


def _unknown_key_message(path: KeyPath) -> str:
    key, section = str(path[-1]), _section_at(path[:-1])
    valid = list(section.model_fields) if section else []
    everywhere = list(_keys())
    elsewhere = nearest(key, {name for name, _ in everywhere})
    if elsewhere and not nearest(key, valid):
        places = [(place, name) for name, place in everywhere if name == elsewhere]
        named = [repr(f"{place}.{name}" if place else name) for place, name in places]
        if places == [("", key)]:
            return f"unknown key {key!r}; it stands at the top level, not under {key_text(path[:-1])}"
        return f"unknown key {key!r}; did you mean {' or '.join(named)}?"
    return unknown_key(key, valid)


def _explained_by_misspelling(path: KeyPath, data: Any) -> bool:
    """Whether some unknown key beside a missing one looks like it."""
    section = _section_at(path[:-1])
    for key in path[:-1]:
        data = data[key]
    valid = list(section.model_fields) if section else []
    return any(nearest(key, valid) == path[-1] for key in data if key not in valid)


def _existing(path: KeyPath, data: Any) -> KeyPath:
    """As much of the path as the data has: `units: 0` is checked as `[0]` but written without index."""
    for length, key in enumerate(path):
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return path[:length]
    return path


def _section_at(path: KeyPath) -> type[BaseModel] | None:
    section: type[BaseModel] | None = Experiment
    for key in path:
        section = dict(_subsections(section)).get(str(key)) if section else None
    return section


def _subsections(section: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    for name, field in section.model_fields.items():
        for candidate in (field.annotation, *get_args(field.annotation)):
            if _is_section(candidate):
                yield name, candidate


def _is_section(candidate: Any) -> TypeGuard[type[BaseModel]]:
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)


def _keys(section: type[BaseModel] = Experiment, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every key of the schema, with the dotted name of the section that it belongs to."""
    for name in section.model_fields:
        yield name, prefix
    for name, inner in _subsections(section):
        yield from _keys(inner, f"{prefix}.{name}" if prefix else name)
