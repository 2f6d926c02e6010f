"""What a shell may complete. It is asked at every press of the key, so nothing large is imported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import typer

_EXPERIMENTS = (".yaml", ".yml")


def complete_study(context: typer.Context, incomplete: str) -> list[str]:
    """Studies under the results folder, or folders where a path is being typed.

    Args:
        context: knows the options before the word.
        incomplete: the beginning of the word.
    """
    if "/" in incomplete:
        return [path for path in _paths(incomplete) if path.endswith("/")]
    results = Path(context.params.get("results") or "results")
    taken = context.params.get("studies") or []
    found = sorted(path.parent.name for path in results.glob("*/experiment.yaml"))
    return [name for name in found if name.startswith(incomplete) and name not in taken and _is_plain(name)]


def complete_fix(incomplete: str) -> list[str]:
    """Names of fixes.

    Args:
        incomplete: the beginning of the word.
    """
    from remedy.fixes import builtin_fixes

    return [name for name in builtin_fixes() if name.startswith(incomplete)]


def complete_experiment(incomplete: str) -> list[str]:
    """Experiment files, and the folders on the way to them.

    Args:
        incomplete: the beginning of the word.
    """
    return [path for path in _paths(incomplete) if path.endswith(("/", *_EXPERIMENTS))]


def _paths(incomplete: str) -> Iterator[str]:
    """What a path may go on with; folders end with a slash."""
    typed, slash, beginning = incomplete.rpartition("/")
    folder = Path(typed + slash).expanduser() if slash else Path()
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        hidden = path.name.startswith(".") and not beginning.startswith(".")
        if path.name.startswith(beginning) and not hidden and _is_plain(path.name):
            yield f"{typed}{slash}{path.name}{'/' if path.is_dir() else ''}"


def _is_plain(name: str) -> bool:
    """Whether a shell takes the name for what it is: others have to be typed, with quotes."""
    return all(character.isalnum() or character in "_-.+,@%" for character in name)
