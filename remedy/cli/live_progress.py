"""Progress on a terminal: a few lines that stay in place and tell where the run stands."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import TracebackType

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from remedy.cli.board import Board
from remedy.cli.introduction import print_introduction
from remedy.cli.live_view import Screen, live_view
from remedy.inert import legible
from remedy.preparation import Prepared
from remedy.results.folder import StudyFolder

LEAST_WIDTH, LEAST_HEIGHT = 60, 6
"""Of a window in which lines that stay in place can be read."""

_REFRESHES_PER_SECOND = 4


def can_draw(console: Console, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether lines can stay in place: on a terminal that is large enough and that somebody looks at.

    Args:
        console: where to.
        environment: variables of the process; `CI` is set by most services that run jobs.
    """
    in_service = environment.get("CI", "").lower() not in {"", "0", "false"}
    large = console.width >= LEAST_WIDTH and console.height >= LEAST_HEIGHT
    return console.is_terminal and not console.is_dumb_terminal and large and not in_service


class LiveProgress(Board):
    """Draws, from entering it as a context to leaving it; what was drawn then disappears.

    Args:
        console: a terminal.
    """

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console
        self._live = Live(
            console=console,
            get_renderable=self.render,
            refresh_per_second=_REFRESHES_PER_SECOND,
            transient=True,
        )
        self._reading = console.status("reading the experiment")

    def __enter__(self) -> LiveProgress:
        self._reading.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reading.stop()
        self._live.stop()

    def prepared(self, prepared: Prepared, folder: StudyFolder) -> None:
        """Say what was inferred, and begin to draw below it."""
        super().prepared(prepared, folder)
        self._reading.stop()
        print_introduction(self._console, prepared, brief=True)
        self._live.start()

    def noticed(self, message: str) -> None:
        """Say it above what is drawn."""
        self._console.print(Text(f"notice: {legible(message)}"), soft_wrap=True)

    def render(self) -> RenderableType:
        """The lines as they are now; none as long as it is not known what is to be done."""
        if self.folder is None:
            return Text()
        screen = Screen(self._console.width, self._console.height, self._console.options.ascii_only)
        return live_view(self, screen)
