"""What the command line puts in place of the experiment file's settings."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from remedy.errors import ConfigError


class Overrides:
    """The values of `--set` and of the options that are short for one.

    Args:
        settings: `key=value` each.
        options: option -> the key it stands for and its value; `None` was not given.
    """

    def __init__(self, settings: Sequence[str], options: Mapping[str, tuple[str, Any]]) -> None:
        self._options = {
            option: (f"{key}={value}", value) for option, (key, value) in options.items() if value is not None
        }
        self.texts = [*settings, *(text for text, _ in self._options.values())]
        """All of them as `key=value`; options win over `--set`."""

    @contextlib.contextmanager
    def named_as_typed(self) -> Iterator[None]:
        """Errors about an option name the option and not the `--set` it is short for."""
        try:
            yield
        except ConfigError as error:
            message = str(error)
            for option, (text, value) in self._options.items():
                message = message.replace(f"--set {text}:", f"{option} {value}:")
            raise ConfigError(message) from error
