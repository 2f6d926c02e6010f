"""What is wrong with an experiment, where, and how it is worded."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from remedy.storage_address import mask_passwords

_USUAL_NAMES = {
    "bn": "batch_normalization",
    "batchnorm": "batch_normalization",
    "clip": "clipnorm",
    "csv": "source",
    "file": "source",
    "init": "kernel_initializer",
    "label": "target",
    "layers": "depth",
    "lr": "learning_rate",
    "n_trials": "trials",
    "path": "source",
    "plateau": "reduce_lr_on_plateau",
    "seq_len": "window",
    "x": "features",
    "y": "target",
}
"""What people call things elsewhere -> how they are called here."""

KeyPath = tuple[str | int, ...]
"""Where a value stands in plain data: keys of mappings and indices of lists, from the outside in."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        path: the key that has to be changed.
        message: what is wrong and what to do, in one line, without the key.
        missing: the key is absent rather than wrong.
    """

    path: KeyPath
    message: str
    missing: bool = False


class RejectedError(ValueError):
    """A value that a check refuses; `path` leads from the checked value to the offending key inside it."""

    def __init__(self, message: str, path: KeyPath = ()) -> None:
        super().__init__(message)
        self.path = path


def key_text(path: KeyPath) -> str:
    """A key path as people write it.

    >>> key_text(("fixes", "scaling", 1))
    'fixes.scaling[1]'
    """
    text = ""
    for key in path:
        if isinstance(key, int):
            text += f"[{key}]"
        else:
            name = key if re.fullmatch(r"[\w-]+", key) else repr(key)
            text += f".{name}" if text else name
    return text


def shown(value: Any) -> str:
    """A value as a message shows it, in the words of the file rather than of Python.

    >>> shown(True), shown(None), shown([1, 2]), shown("ten")
    ('true', 'nothing', 'a list', "'ten'")
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    text = mask_passwords(repr(value))
    return text if len(text) <= 60 else f"{text[:57]}..."


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The word that was probably meant, if any is near enough.

    >>> nearest("leanring_rate", ["learning_rate", "loss"])
    'learning_rate'
    >>> nearest("lr", ["learning_rate", "loss"])
    'learning_rate'
    """
    by_lower = {candidate.lower(): candidate for candidate in words}
    usual = _USUAL_NAMES.get(word.lower().replace("-", "_"))
    if usual in by_lower:
        return by_lower[usual]
    found = difflib.get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[found[0]] if found else None


def unknown_key(key: str, valid: Iterable[str], what: str = "key") -> str:
    """The message for a key that does not exist: the nearest valid one, or all of them.

    >>> unknown_key("epoch", ["epochs", "loss"])
    "unknown key 'epoch'; did you mean 'epochs'?"
    """
    valid = list(valid)
    if near := nearest(key, valid):
        return f"unknown {what} {key!r}; did you mean {near!r}?"
    return f"unknown {what} {key!r}; valid here: {', '.join(valid)}"


def unknown_value(value: Any, allowed: list[str]) -> str:
    """The message for a value that is none of the allowed words.

    >>> unknown_value("Adma", ["adam", "sgd"])
    "unknown value 'Adma'; did you mean 'adam'? Allowed: adam, sgd"
    """
    listed = ", ".join(allowed)
    if not isinstance(value, str):
        return f"expected one of {listed}; got {shown(value)}"
    if near := nearest(value, allowed):
        return f"unknown value {value!r}; did you mean {near!r}? Allowed: {listed}"
    return f"unknown value {shown(value)}; allowed: {listed}"
