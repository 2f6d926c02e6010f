"""Progress on a terminal: a few lines that stay in place and tell where the run stands."""

from __future__ import annotations

from collections import Counter
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from remedy.cli.board import PHASES, Board
from remedy.cli.introduction import print_introduction
from remedy.cli.trials_view import status_cell
from remedy.inert import legible
from remedy.preparation import Prepared
from remedy.results.folder import StudyFolder
from remedy.results.trials_file import recipe_of
from remedy.wording.text import count_text, duration_text, recipe_text, skill_text

_BAR = 20
_REFRESHES_PER_SECOND = 4


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

    def __enter__(self) -> LiveProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def prepared(self, prepared: Prepared, folder: StudyFolder) -> None:
        """Say what was inferred, and begin to draw below it."""
        super().prepared(prepared, folder)
        print_introduction(self._console, prepared)
        self._live.start()

    def noticed(self, message: str) -> None:
        """Say it above what is drawn."""
        self._console.print(Text(f"notice: {legible(message)}"), soft_wrap=True)

    def render(self) -> RenderableType:
        """The lines as they are now."""
        diagnosis = [Text(legible(self.diagnosis))] if self.diagnosis else []
        return Group(Text(), self._phases(), *diagnosis, self._findings(), self._trainings())

    def _phases(self) -> Table:
        left = self.left
        time = f"{duration_text(self.elapsed)} so far"
        if left is not None:
            time += f", about {duration_text(left)} left" if left >= 1 else ", almost done"
        grid = _grid()
        for study in PHASES:
            total, done = self.total(study), self.done[study]
            now = study == self.study
            grid.add_row(
                Text(study, "bold" if now else "dim"),
                ProgressBar(max(total, 1), min(done, total), width=_BAR, complete_style="cyan"),
                Text(f"{done} of {count_text(total, 'training')}", "" if now else "dim"),
                _one_line(time if now else ""),
            )
        return grid

    def _findings(self) -> Table:
        grid = _grid()
        if self.baseline:
            (status, _), *_ = Counter(record.status.value for record in self.baseline).most_common()
            skill = sum(record.skill for record in self.baseline) / len(self.baseline)
            grid.add_row("baseline", f"skill {skill_text(skill)}", status_cell(status), "")
        if self.best is not None:
            best = self.best["skill"]
            grid.add_row(
                Text("best so far", "bold"),
                Text(f"skill {skill_text(best if isinstance(best, int | float) else None)}", "bold"),
                status_cell(self.best["status"]),
                _one_line(f"trial {self.best['trial']}: {recipe_text(recipe_of(self.best))}"),
            )
        return grid

    def _trainings(self) -> Table:
        grid = _grid()
        for (study, number), training in list(self.running.items()):
            progress = f"epoch {training.epoch}/{training.epochs}" if training.epoch else "starting"
            grid.add_row(
                Text(f"{'trial' if study == 'search' else study} {number}", "cyan"),
                progress,
                f"skill {skill_text(training.skill)}",
                _one_line(recipe_text(training.recipe) or "as it is"),
            )
        return grid


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    for _ in range(3):
        grid.add_column(no_wrap=True)
    grid.add_column()
    return grid


def _one_line(text: str) -> Text:
    """Text that is cut where there is no more room, so that the columns before it stay whole."""
    return Text(legible(text), no_wrap=True, overflow="ellipsis")
