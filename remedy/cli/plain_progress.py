"""Progress for logs and pipes: a line per phase and per finished training."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from remedy.cli.board import Board
from remedy.cli.introduction import print_introduction
from remedy.cli.live_view import AT_WORK, saved_text
from remedy.cli.time_left import span_text
from remedy.inert import legible
from remedy.preparation import Prepared
from remedy.results.folder import StudyFolder
from remedy.run_progress import Step
from remedy.search import TrialRecord
from remedy.wording.text import count_text, duration_text, recipe_text, skill_text

_NOW_AND_THEN = 10
"""After so many trials of the search, where it stands is said in a line of its own."""


class PlainProgress(Board):
    """Prints lines.

    Args:
        console: where to.
    """

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def prepared(self, prepared: Prepared, folder: StudyFolder) -> None:
        """Say what was inferred."""
        super().prepared(prepared, folder)
        print_introduction(self._console, prepared)

    def noticed(self, message: str) -> None:
        """Say it."""
        self._console.print(f"notice: {legible(message)}", soft_wrap=True)

    def phase(self, study: str, total: int, done: Sequence[TrialRecord]) -> None:
        """Say how much there is to do, and how long that may take."""
        begins = study != self.now
        if begins and self.now == "search":
            trials = count_text(self.done("search"), "trial")
            taken = duration_text(self.seconds_in("search"))
            self._print(f"search: {trials}, {taken} in this run{self._saved()}")
        super().phase(study, total, done)
        if total and begins:
            already = f", {len(done):,} done already" if done else ""
            left = self._time_left() if len(done) < total else ""
            self._print(f"{study}: {count_text(total, 'training')}{already}{left}")

    def step(self, name: Step) -> None:
        """Say what begins."""
        if name != self.now:
            self._print(f"{name}: {AT_WORK[name]}")
        super().step(name)

    def diagnosed(self, sentence: str) -> None:
        """Say what was found."""
        super().diagnosed(sentence)
        self._print(f"diagnosis: {sentence}")

    def trial_finished(self, study: str, record: TrialRecord) -> None:
        """Say how it ended."""
        super().trial_finished(study, record)
        parts = [record.status.value]
        if record.error:
            parts.append(record.error)
        else:
            parts += [f"skill {skill_text(record.skill)}", f"{record.seconds:.1f} s"]
        if record.recipe:
            parts.append(recipe_text(record.recipe))
        total = max(int(self.trainings(study).low), self.done(study))  # known so far: an ablation grows
        self._print(f"{study} {self.done(study)}/{total}: {', '.join(parts)}")
        if study == "search" and self.done(study) % _NOW_AND_THEN == 0 and self.done(study) < total:
            told = f"{duration_text(self.elapsed)} so far{self._time_left()}{self._saved()}"
            self._print(f"search: {told}")

    def _saved(self) -> str:
        return f"; {saved_text(self.saved)}" if self.saved.epochs > 0 else ""

    def _time_left(self) -> str:
        return f", {span_text(self.left)} left" if self.left is not None else ""

    def _print(self, text: str) -> None:
        self._console.print(legible(text))
