"""Brings data from anywhere into the plain form that the checks rely on."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from remedy.config.problems import KeyPath, RejectedError

_MAX_DEPTH = 30


def normalized(value: Any, path: KeyPath = ()) -> Any:
    """A copy made of dicts with text keys, lists, text, finite numbers, booleans and `None`.

    Tuples become lists, file paths text, and numpy's numbers Python's.

    Raises:
        RejectedError: something that an experiment file could not hold.

    >>> normalized({"units": (64, 32)})
    {'units': [64, 32]}
    """
    if len(path) > _MAX_DEPTH:
        raise RejectedError("nested too deeply; an experiment has a few levels only", path[:3])
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str | os.PathLike):
        return _text(os.fspath(value), path)
    if isinstance(value, Integral):
        return _whole_number(int(value), path)
    if isinstance(value, Real):
        return _number(float(value), path)
    if isinstance(value, Mapping):
        return {_key(key, path): normalized(item, (*path, _key(key, path))) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [normalized(item, (*path, index)) for index, item in enumerate(value)]
    raise RejectedError(f"expected plain data, got {type(value).__name__}", path)


def _key(key: Any, path: KeyPath) -> str:
    if not isinstance(key, str):
        raise RejectedError(f"a key must be text, got {type(key).__name__}", path)
    return _text(key, path)


def _text(text: Any, path: KeyPath) -> str:
    if not isinstance(text, str):
        raise RejectedError("expected text, got bytes", path)
    # Neither can stand in a file name, and half a surrogate pair not even in a UTF-8 file.
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise RejectedError(f"the text holds a null character or half a character: {ascii(text)[:60]}", path)
    return text


def _whole_number(number: int, path: KeyPath) -> int:
    if not -(2**63) <= number < 2**63:
        raise RejectedError("the number does not fit into 64 bits; write a smaller one", path)
    return number


def _number(number: float, path: KeyPath) -> float:
    if not math.isfinite(number):
        raise RejectedError(f"expected a finite number, got {number}", path)
    return number
