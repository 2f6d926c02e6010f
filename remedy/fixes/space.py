"""Search spaces as plain data: fixed values, choices, ranges, and mappings of them.

The experiment file writes a list for a choice, `{low, high, log, step}` for a range, a mapping of names
for several parameters and a bare value for a fixed one; `parse_space` reads that.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

RANGE_KEYS = frozenset({"low", "high", "log", "step"})


class SpaceError(ValueError):
    """A space that cannot be read; `path` leads to the offending key inside the value."""

    def __init__(self, message: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.path = path


@dataclass(frozen=True)
class Fixed:
    """A single value, any plain JSON."""

    value: Any


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both included; whole numbers if both bounds and `step` are.

    Attributes:
        log: sample uniformly on a logarithmic scale.
        step: distance between neighbouring values; `None` is continuous (1 for whole numbers).
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None

    @property
    def is_integer(self) -> bool:
        """Whether the range holds whole numbers only."""
        return all(isinstance(bound, int) for bound in (self.low, self.high, self.step or 1))


@dataclass(frozen=True)
class Choice:
    """One of several options, each a space of its own."""

    options: tuple[Space, ...]


@dataclass(frozen=True)
class Parameters:
    """Several named parameters that are chosen together, each from a space of its own."""

    spaces: Mapping[str, Space]


Space = Fixed | Range | Choice | Parameters


def parse_space(value: Any, path: tuple[str | int, ...] = ()) -> Space:
    """Read a space from the plain data of an experiment file.

    Args:
        value: a list (choice), `{low, high[, log, step]}` (range), another mapping (parameters) or a
            bare value.
        path: where `value` stands, for error messages.

    Raises:
        SpaceError: an empty list or mapping, or a range whose bounds make no sense.

    >>> parse_space([0.1, {"low": 1, "high": 3}])
    Choice(options=(Fixed(value=0.1), Range(low=1, high=3, log=False, step=None)))
    """
    if isinstance(value, list):
        if not value:
            raise SpaceError("the list of choices is empty", path)
        options = tuple(parse_space(item, (*path, index)) for index, item in enumerate(value))
        return options[0] if len(options) == 1 else Choice(options)
    if isinstance(value, Mapping):
        if not value:
            raise SpaceError("the mapping is empty", path)
        if "low" in value or "high" in value:
            return _parse_range(value, path)
        return Parameters({key: parse_space(item, (*path, key)) for key, item in value.items()})
    return Fixed(value)


def _parse_range(value: Mapping[str, Any], path: tuple[str | int, ...]) -> Range | Fixed:
    if unknown := set(value) - RANGE_KEYS:
        key = min(map(str, unknown))
        raise SpaceError(f"a range has the keys low, high, log and step, not {key!r}", (*path, key))
    for key in ("low", "high"):
        if key not in value:
            raise SpaceError(f"a range needs both low and high; {key!r} is missing", path)
    for key in ("low", "high", "step"):
        number = value.get(key)
        if key == "step" and number is None:
            continue
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            raise SpaceError(f"expected a finite number, got {number!r}", (*path, key))
    low, high, log, step = value["low"], value["high"], value.get("log", False), value.get("step")
    if not isinstance(log, bool):
        raise SpaceError(f"expected true or false, got {log!r}", (*path, "log"))
    if low > high:
        raise SpaceError(f"low ({low}) is above high ({high})", path)
    if log and low <= 0:
        raise SpaceError(f"a logarithmic range needs low above 0, got {low}", (*path, "low"))
    if step is not None and step <= 0:
        raise SpaceError(f"step must be above 0, got {step}", (*path, "step"))
    if log and step is not None:
        raise SpaceError("a logarithmic range has no step; give a list of values instead", (*path, "step"))
    return Fixed(low) if low == high else Range(low, high, log, step)


def size(space: Space) -> float:
    """How many different values the space holds; infinite for a continuous range.

    >>> size(parse_space({"factor": [0.1, 0.5], "patience": {"low": 1, "high": 3}}))
    6
    """
    match space:
        case Fixed():
            return 1
        case Range(low, high, _, step):
            if low == high:
                return 1
            if step is None and not space.is_integer:
                return math.inf
            return math.floor((high - low) / (step or 1) + 1e-9) + 1
        case Choice(options):
            return sum(size(option) for option in options)
        case Parameters(spaces):
            return math.prod(size(inner) for inner in spaces.values())


def corners(space: Space) -> Iterator[Any]:
    """Values that together touch every bound and option, to check a space without walking through all of it.

    >>> list(corners(parse_space({"low": 1, "high": 9})))
    [1, 9]
    """
    match space:
        case Fixed(value):
            yield value
        case Range(low, high):
            yield low
            yield high
        case Choice(options):
            yield from itertools.chain.from_iterable(map(corners, options))
        case Parameters(spaces):
            columns = {key: list(corners(inner)) for key, inner in spaces.items()}
            for row in range(max(map(len, columns.values()))):
                yield {key: values[row % len(values)] for key, values in columns.items()}


def describe(space: Space) -> str:
    """The space in one line, for tables.

    >>> describe(parse_space({"low": 1e-5, "high": 0.1, "log": True}))
    '1e-05 .. 0.1 (log)'
    """
    match space:
        case Fixed(value):
            return _describe_value(value)
        case Range(low, high, log, step):
            extra = " (log)" if log else f" (step {step:g})" if step else ""
            return f"{low:g} .. {high:g}{extra}"
        case Choice(options):
            return " | ".join(map(describe, options))
        case Parameters(spaces):
            return ", ".join(f"{key}: {describe(inner)}" for key, inner in spaces.items())


def _describe_value(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def to_plain(space: Space) -> Any:
    """The plain data that `parse_space` reads back into this space.

    >>> to_plain(parse_space({"low": 1e-5, "high": 0.1, "log": True}))
    {'low': 1e-05, 'high': 0.1, 'log': True}
    """
    match space:
        case Fixed(value):
            return value
        case Range(low, high, log, step):
            return (
                {"low": low, "high": high} | ({"log": True} if log else {}) | ({"step": step} if step else {})
            )
        case Choice(options):
            return [to_plain(option) for option in options]
        case Parameters(spaces):
            return {key: to_plain(inner) for key, inner in spaces.items()}
