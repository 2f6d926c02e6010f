"""Reads the section `fixes`: which fixes are searched, over which values, and which may be off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from remedy.config.experiment import FixSetting
from remedy.config.problems import KeyPath, Problem, RejectedError, shown, unknown_key
from remedy.config.translate import value_problem
from remedy.errors import UserCodeError
from remedy.fixes import (
    Choice,
    Fix,
    Range,
    Space,
    SpaceError,
    builtin_fixes,
    known_fixes,
    load_fix,
    parse_space,
)

_HOW_TO = "give a list, a range {low, high}, a value, true (default space) or off"


def parse_fixes(section: Any, base: Path = Path()) -> tuple[dict[str, FixSetting], list[Problem]]:
    """Read the section `fixes` of an experiment.

    Args:
        section: plain data as an experiment file holds it.
        base: the folder that the paths of fixes of the user's own start from.

    Returns:
        The fixes that are searched, in the order in which they are applied, and what is wrong.

    >>> parse_fixes({"scaling": ["minmax", "standard"], "depth": False})[0]["scaling"].required
    False
    """
    if not section or not isinstance(section, Mapping):
        message = f"expected a mapping such as 'scaling: true', got {shown(section)}"
        if section is None or section == {}:
            message = "nothing is listed; leave the section out to search all fixes"
        return {}, [Problem(("fixes",), message)]
    keys, problems = _find_fixes(section, base)
    settings: dict[str, FixSetting] = {}
    for name, fix in known_fixes().items():
        if name not in keys:
            continue
        key = keys[name]
        try:
            settings[name] = parse_setting(section[key], fix)
        except RejectedError as error:
            problems.append(Problem(("fixes", key, *error.path), str(error)))
    if not settings and not problems:
        problems.append(Problem(("fixes",), "every fix is off, so there is nothing to search"))
    return settings, problems


def _find_fixes(section: Mapping[str, Any], base: Path) -> tuple[dict[str, str], list[Problem]]:
    """The keys of the fixes that are not off, by the fixes' names; those of the user's own are loaded."""
    keys: dict[str, str] = {}
    problems = []
    for key, value in section.items():
        if ":" not in key and key not in builtin_fixes():
            problems.append(Problem(("fixes", key), _unknown_fix(key)))
            continue
        if value is False:
            continue
        try:
            name = load_fix(key, base).name if ":" in key else key
        except UserCodeError as error:
            problems.append(Problem(("fixes", key), str(error)))
            continue
        if name in keys:
            problems.append(Problem(("fixes", key), f"this is {keys[name]!r}, which is listed already"))
        keys[name] = key
    return keys, problems


def parse_setting(value: Any, fix: Fix) -> FixSetting:
    """Read what the file says of one fix, `off` alone excepted.

    Raises:
        RejectedError: no space can be read, or a value in it does not suit the fix.
    """
    if value is None:
        raise RejectedError(f"nothing is given; {_HOW_TO}")
    if value is True:
        return FixSetting()
    if isinstance(value, str) and value.lower() in {"yes", "no", "y", "n"}:
        raise RejectedError(f"{value!r} is text; write on or off")
    if not isinstance(value, Mapping):
        return FixSetting(_checked_space(value, fix, (), required=False))
    if "required" not in value:
        return FixSetting(*_mapping_space(value, fix, required=False))
    required = value["required"]
    if not isinstance(required, bool):
        raise RejectedError(f"expected true or false, got {shown(required)}", ("required",))
    rest = {key: item for key, item in value.items() if key != "required"}
    if not rest:
        return FixSetting(required=required)
    return FixSetting(*_mapping_space(rest, fix, required=required))


def _mapping_space(value: Mapping[str, Any], fix: Fix, *, required: bool) -> tuple[Space, bool]:
    for key in ("choices", "value"):
        if key not in value:
            continue
        if len(value) > 1:
            other = next(name for name in value if name != key)
            raise RejectedError(f"beside {key!r} only 'required' may stand", (other,))
        inner = value[key]
        if (key == "choices") != isinstance(inner, list):
            wanted = "a list" if key == "choices" else "a single value; a list goes under 'choices'"
            raise RejectedError(f"expected {wanted}, got {shown(inner)}", (key,))
        if inner is None or inner is False:
            raise RejectedError(f"expected a value, got {shown(inner)}", (key,))
        return _checked_space(inner, fix, (key,), required=required), required
    return _checked_space(value, fix, (), required=required), required


def _checked_space(value: Any, fix: Fix, path: KeyPath, *, required: bool) -> Space:
    """The space, after each value and bound of it has been checked where it stands in the file."""
    try:
        space = (
            _choices(value, path, required=required) if isinstance(value, list) else parse_space(value, path)
        )
    except SpaceError as error:
        raise RejectedError(str(error), error.path) from None
    for candidate, places in _corners(value, path):
        # Python holds 1 and true for equal, and so does pydantic.
        if fix.value_type == Literal[True] and candidate is not True:
            raise RejectedError(f"expected on or off, got {shown(candidate)}", places[()])
        try:
            fix.check_value(candidate)
        except ValidationError as error:
            raise value_problem(error, fix.value_type, places) from None
    try:
        fix.check_space(space)
    except ValidationError as error:
        raise value_problem(error, fix.value_type, {(): path}) from None
    _refuse_duplicates(value, path)
    return _with_fractions(space, fix)


def _with_fractions(space: Space, fix: Fix) -> Space:
    """`{low: 1, high: 10}` of a fix that takes fractions means all of them, not whole numbers only."""
    if isinstance(space, Choice):
        return Choice(tuple(_with_fractions(option, fix) for option in space.options))
    if not isinstance(space, Range) or not space.is_integer or space.step is not None:
        return space
    try:
        fix.check_value((space.low + space.high) / 2 + 0.25)
    except ValidationError:
        return space
    return Range(float(space.low), float(space.high), space.log)


def _refuse_duplicates(value: Any, path: KeyPath) -> None:
    """Refuse an option that stands twice in one list, at whatever depth."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            _refuse_duplicates(item, (*path, key))
    elif isinstance(value, list):
        options: list[Space] = []
        for index, item in enumerate(value):
            _refuse_duplicates(item, (*path, index))
            option = parse_space(item, (*path, index))
            if option in options:
                raise RejectedError(f"{shown(item)} is listed twice", (*path, index))
            options.append(option)


def _choices(items: list[Any], path: KeyPath, *, required: bool) -> Space:
    """A list of choices; `off` among them says what holds anyway, that the fix can be off."""
    options: list[Space] = []
    for index, item in enumerate(items):
        place = (*path, index)
        if item is False:
            if required:
                raise RejectedError("a required fix cannot be off", place)
            continue
        options.append(parse_space(item, place))
    if not options:
        raise RejectedError(
            "the list of choices holds nothing but off" if items else "the list of choices is empty", path
        )
    return options[0] if len(options) == 1 else Choice(tuple(options))


_Corner = tuple[Any, dict[KeyPath, KeyPath]]


def _corners(value: Any, path: KeyPath, *, top: bool = True) -> Iterator[_Corner]:
    """Like `fixes.corners`, with a map from paths inside each value to where its parts stand in the file."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            if not (top and item is False):
                yield from _corners(item, (*path, index), top=False)
    elif isinstance(value, Mapping) and "low" in value:
        yield value["low"], {(): (*path, "low")}
        yield value["high"], {(): (*path, "high")}
        if isinstance(step := value.get("step"), float):
            # A fractional step makes fractions of whole bounds.
            yield min(value["low"] + step, float(value["high"])), {(): (*path, "step")}
    elif isinstance(value, Mapping):
        columns = {key: list(_corners(item, (*path, key), top=False)) for key, item in value.items()}
        for row in range(max(map(len, columns.values()))):
            yield _combined({key: column[row % len(column)] for key, column in columns.items()}, path)
    else:
        yield value, {(): path}


def _combined(parts: Mapping[str, _Corner], path: KeyPath) -> _Corner:
    places: dict[KeyPath, KeyPath] = {(): path}
    for key, (_, inner) in parts.items():
        places |= {(key, *place): target for place, target in inner.items()}
    return {key: value for key, (value, _) in parts.items()}, places


def _unknown_fix(name: str) -> str:
    if name.endswith(".py"):
        return f"which class of the file? A fix of your own is written {name}:Class"
    return unknown_key(name, builtin_fixes(), what="fix")
