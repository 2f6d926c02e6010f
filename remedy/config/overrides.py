"""Applies the command line's `--set key=value` to the plain data of an experiment."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from typing import Any

from remedy.config.problems import KeyPath, key_text, shown
from remedy.config.yaml_loader import YamlError, read_yaml
from remedy.errors import ConfigError
from remedy.fixes import builtin_fixes
from remedy.storage_address import mask_address

_OWN_FIX = re.compile(r"^fixes\s*\.\s*([^\":]+:\w+)")


def apply_overrides(
    data: dict[str, Any], overrides: Sequence[str]
) -> tuple[dict[str, Any], dict[KeyPath, str]]:
    """Set keys of an experiment from text.

    Args:
        data: plain data of an experiment; it stays as it is.
        overrides: `key=value` each, a dotted key and a YAML value; later ones win.

    Returns:
        The changed copy, and the text of the override behind each changed key path.

    Raises:
        ConfigError: an override that is not `key=value`, or a key inside something that has no keys.

    >>> apply_overrides({"training": {"epochs": 30}}, ["training.epochs=5"])[0]
    {'training': {'epochs': 5}}
    """
    origins: dict[KeyPath, str] = {}
    for text in overrides:
        path, value = _parse(text)
        if path[0] == "fixes" and len(path) > 1 and "fixes" not in data:
            # Without the section every fix is searched; to set one of them does not drop the others.
            data = data | {"fixes": dict.fromkeys(builtin_fixes(), True)}
        data = _assigned(data, path, value, text)
        origins = {place: old for place, old in origins.items() if place[: len(path)] != path}
        origins[path] = _printable(text)
    return data, origins


def _parse(text: str) -> tuple[tuple[str, ...], Any]:
    key, equals, value = text.partition("=")
    path = _path(key)
    if not equals or not all(path):
        raise ConfigError(f"--set {_printable(text)}: expected key=value, such as training.epochs=10")
    try:
        return path, read_yaml(value).data
    except YamlError as error:
        raise ConfigError(f"--set {_printable(text)}: {error}") from None


def _path(key: str) -> tuple[str, ...]:
    """The parts of a dotted key; none begins at a dot inside of quotes, or of a fix of one's own.

    >>> _path('data.categorical."dose (in mg)"')
    ('data', 'categorical', 'dose (in mg)')
    >>> _path("fixes.my_fixes.py:DropoutRate.low")
    ('fixes', 'my_fixes.py:DropoutRate', 'low')
    """
    key = _OWN_FIX.sub(r'fixes."\1"', key.strip())
    try:
        parts = next(csv.reader([key], delimiter=".", skipinitialspace=True), []) or [""]
    except csv.Error:
        parts = [""]
    return tuple(part.strip() for part in parts)


def _assigned(
    section: dict[str, Any], path: tuple[str, ...], value: Any, text: str, outer: KeyPath = ()
) -> dict[str, Any]:
    key, *rest = path
    if not rest:
        return section | {key: value}
    inner = section.get(key)
    if inner is None:
        inner = {}
    if not isinstance(inner, dict):
        whole = key_text((*outer, key))
        raise ConfigError(
            f"--set {_printable(text)}: {whole} is {shown(inner)}, which has no keys; "
            f"set {whole} as a whole: --set '{whole}={{...}}'"
        )
    return section | {key: _assigned(inner, tuple(rest), value, text, (*outer, key))}


def _printable(text: str) -> str:
    masked = mask_address(text)
    return masked if masked.isprintable() else repr(masked)
