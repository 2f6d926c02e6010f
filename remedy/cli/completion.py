"""What a shell may complete. It is asked at every press of the key, so nothing large is imported."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

import typer

_DEEP = 2
"""Levels of folders in which experiment files are looked for."""


def complete_study(context: typer.Context, incomplete: str) -> list[str]:
    """Studies under the results folder, or folders of studies where a path is being typed.

    Args:
        context: knows the options before the word.
        incomplete: the beginning of the word.
    """
    folder, slash, _ = incomplete.rpartition("/")
    place = Path(folder + slash) if slash else Path(context.params.get("results") or "results")
    names = (path.parent.name for path in place.glob("*/experiment.yaml"))
    taken = context.params.get("studies") or []
    return [
        name for name in _plain(f"{folder}{slash}{name}" for name in names) if _fits(name, incomplete, taken)
    ]


def complete_fix(incomplete: str) -> list[str]:
    """Names of fixes.

    Args:
        incomplete: the beginning of the word.
    """
    from remedy.fixes import builtin_fixes

    return [name for name in builtin_fixes() if name.startswith(incomplete)]


def complete_experiment(incomplete: str) -> list[str]:
    """Experiment files in the folder that is being typed, and one level below it.

    Folders are not offered: bash would end the word behind one.

    Args:
        incomplete: the beginning of the word.
    """
    folder, slash, _ = incomplete.rpartition("/")
    place = Path(folder + slash)
    patterns = ("/".join(("*",) * depth) + end for depth in range(1, _DEEP + 1) for end in (".yaml", ".yml"))
    found = (path.relative_to(place).as_posix() for pattern in patterns for path in place.glob(pattern))
    return [path for path in _plain(f"{folder}{slash}{path}" for path in found) if _fits(path, incomplete)]


def _fits(word: str, incomplete: str, taken: Collection[str] = ()) -> bool:
    return word.startswith(incomplete) and word not in taken


def _plain(words: Iterable[str]) -> list[str]:
    """Those that a shell takes for what they are; others have to be typed, with quotes."""
    return sorted(word for word in words if all(mark.isalnum() or mark in "_-.+,@%/" for mark in word))
