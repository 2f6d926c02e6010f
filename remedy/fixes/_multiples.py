"""Whole numbers that are given as such, or as a multiple of the baseline's."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

_MULTIPLE = r"x(\d+(\.\d+)?|\.\d+)"


def _check(value: Any) -> int | str:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    if isinstance(value, str) and re.fullmatch(_MULTIPLE, value):
        return value
    shown = repr(value) if isinstance(value, str) else value
    raise ValueError(f"expected a whole number of at least 1, or a multiple such as x2, got {shown}")


_Written = Annotated[int, Field(ge=1)] | Annotated[str, Field(pattern=f"^{_MULTIPLE}$")]

Count = Annotated[int | str, BeforeValidator(_check, json_schema_input_type=_Written)]
"""`100`, or `x2` for twice what the baseline has."""


def count(value: int | str, baseline: int) -> int:
    """The number that is meant, at least 1.

    >>> count("x0.5", 32), count(100, 32), count("x0.1", 4)
    (16, 100, 1)
    """
    if isinstance(value, int):
        return value
    return max(1, round(baseline * float(value.removeprefix("x"))))
