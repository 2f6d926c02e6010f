"""Where output goes, and how wide it may be."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from remedy.inert import legible_lines

_UNLIMITED = 100_000


class InertConsole(Console):
    """A console that text cannot steer: control characters in it are spelled out, whoever wrote them."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Text of a string, spelled out before its width is measured."""
        return super().render_str(legible_lines(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The segments of anything; the controls of Rich's own stay what they are."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else legible_lines(text), style, control)


def make_console(*, stderr: bool = False) -> Console:
    """A console that takes text literally; on anything but a terminal it has no colours and no line width."""
    file = sys.stderr if stderr else sys.stdout
    if file.isatty():
        return InertConsole(file=file, markup=False, highlight=False, emoji=False)
    return InertConsole(
        file=file,
        markup=False,
        highlight=False,
        emoji=False,
        width=_UNLIMITED,
        color_system=None,
        force_terminal=False,
    )


def make_table(*, header: bool = True) -> Table:
    """An empty table in the style that all commands share."""
    return Table(box=box.SIMPLE_HEAD if header else None, pad_edge=False, show_edge=False, show_header=header)


def print_json(value: Any) -> None:
    """Write JSON, and nothing else, to stdout."""
    write(json.dumps(value, indent=1, allow_nan=False))


def write(text: str) -> None:
    """Write plain text to stdout."""
    sys.stdout.write(text if text.endswith("\n") or not text else f"{text}\n")
    sys.stdout.flush()
