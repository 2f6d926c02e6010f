"""Where each value came from: a line of the file, or a `--set`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from remedy.config.problems import KeyPath, Problem, key_text
from remedy.errors import ConfigError


@dataclass(frozen=True)
class Origin:
    """Names the place of a key in messages.

    Attributes:
        file: the experiment file as the user named it; `None` for data that came from Python.
        lines: key path -> line of the file.
        overrides: key path -> text of the `--set` that put a value there.
    """

    file: str | None = None
    lines: Mapping[KeyPath, int] = field(default_factory=dict)
    overrides: Mapping[KeyPath, str] = field(default_factory=dict)

    def error(self, problems: Iterable[Problem]) -> ConfigError:
        """The error that tells the first of these problems, and how many more there are.

        A key that is absent comes last, because a misspelt key often explains it.
        """
        ranked = sorted(problems, key=lambda problem: (problem.missing, self._line(problem.path) or 0))
        first, more = ranked[0], len(ranked) - 1
        rest = f" (and {more} more problem{'s' if more > 1 else ''})" if more else ""
        parts = [self._place(first.path), key_text(first.path)]
        if first.missing:
            parts = [parts[0], f"{parts[1]} {first.message}"]
        else:
            parts.append(first.message)
        return ConfigError(": ".join(part for part in parts if part) + rest)

    def _place(self, path: KeyPath) -> str:
        text = self._override(path)
        if text is not None:
            return f"--set {text}"
        line = self._line(path)
        return f"{self.file}:{line}" if self.file and line else self.file or ""

    def _line(self, path: KeyPath) -> int | None:
        """The line of the key, or of the nearest mapping or list around it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return None

    def _override(self, path: KeyPath) -> str | None:
        for place, text in reversed(list(self.overrides.items())):
            if path[: len(place)] == place:
                return text
        if path in self.lines:
            return None
        below = (text for place, text in self.overrides.items() if path and place[: len(path)] == path)
        return next(below, None)
