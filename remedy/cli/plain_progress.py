"""Progress for logs and pipes: a line per phase and per finished training."""

from __future__ import annotations

from rich.console import Console

from remedy.cli.board import Board
from remedy.cli.introduction import print_introduction
from remedy.inert import legible
from remedy.preparation import Prepared
from remedy.results.folder import StudyFolder
from remedy.search import TrialRecord
from remedy.wording.text import count_text, recipe_text, skill_text


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

    def phase(self, study: str, total: int, done: int) -> None:
        """Say how much there is to do."""
        begins = study != self.study
        super().phase(study, total, done)
        if total and begins:
            already = f", {done:,} done already" if done else ""
            self._print(f"{study}: {count_text(total, 'training')}{already}")

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
        self._print(f"{study} {self.done[study]}/{self.total(study)}: {', '.join(parts)}")

    def _print(self, text: str) -> None:
        self._console.print(legible(text))
