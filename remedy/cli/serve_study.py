"""`remedy worker`: find the study, train for its run, say what was trained."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.console import Console

from remedy.cli.console import make_console
from remedy.cli.overrides import Overrides
from remedy.cli.stderr import tell
from remedy.config import load_experiment, parse_duration
from remedy.distributed import experiments_in
from remedy.errors import ConfigError, StudyError
from remedy.inert import legible
from remedy.joining import work_for
from remedy.results.folder import StudyFolder, find_study
from remedy.results.study_storage import open_shared, open_studies
from remedy.run_progress import Silent
from remedy.search import Studies, TrialRecord
from remedy.storage import open_remote_storage
from remedy.storage_address import parse_storage_address
from remedy.wording.text import count_text, recipe_text, skill_text
from remedy.workers import HeadStart

_INTERRUPTED = 130


@dataclass(frozen=True)
class WorkerOptions:
    """What the options of `remedy worker` ask for.

    Attributes:
        results: the folder that holds the studies.
        name: of the study, in a storage that holds several.
        wait: how long to wait for a run, as it was typed.
    """

    results: Path
    name: str | None
    overrides: Overrides
    wait: str
    quiet: bool


class TrainingLines(Silent):
    """Prints a line per training.

    Args:
        console: where to.
        quiet: print notices only.
    """

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self._console = console
        self._quiet = quiet
        self.finished = 0

    def noticed(self, message: str) -> None:
        """Say it."""
        self._console.print(f"notice: {legible(message)}", soft_wrap=True, markup=False)

    def trial_finished(self, study: str, record: TrialRecord) -> None:
        """Say how it ended."""
        self.finished += 1
        if self._quiet:
            return
        how = legible(record.error or f"skill {skill_text(record.skill)}, {record.seconds:.1f} s")
        recipe = f", {recipe_text(record.recipe)}" if record.recipe else ""
        self._console.print(f"{study} {record.number}: {record.status.value}, {how}{recipe}", markup=False)


def serve_study(study: str, options: WorkerOptions, ahead: HeadStart) -> None:
    """Train until there is nothing left to do.

    Args:
        study: a study's folder or name, or the address of a storage.
        options: from the command line.
        ahead: workers that were started ahead.

    Raises:
        RemedyError: there is no such study, or it cannot be worked on here.
        typer.Exit: with 130 if the worker was interrupted.
    """
    progress = TrainingLines(make_console(), quiet=options.quiet)
    try:
        patience = parse_duration(options.wait)
    except ValueError as error:
        raise ConfigError(f"--wait: {error}") from None
    try:
        with options.overrides.named_as_typed():
            studies, folder = _find(study, options, progress)
            with closing(studies):
                work_for(
                    studies,
                    progress,
                    folder=folder,
                    overrides=options.overrides.texts,
                    patience=patience,
                    ahead=ahead,
                )
    except KeyboardInterrupt:
        tell(f"interrupted: {_trained(progress)}; the run gives what was under way to others")
        raise typer.Exit(_INTERRUPTED) from None
    make_console().print(f"the run is over or gone: {_trained(progress)}")


def _trained(progress: TrainingLines) -> str:
    return f"{count_text(progress.finished, 'training')} finished here"


def _find(study: str, options: WorkerOptions, progress: TrainingLines) -> tuple[Studies, StudyFolder | None]:
    if "://" not in study:
        folder = find_study(study, options.results)
        return open_studies(load_experiment(folder.experiment), folder, progress.noticed), folder
    try:
        address = parse_storage_address(study)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    name = options.name
    if name is None:
        names = experiments_in(open_remote_storage(address))
        if len(names) != 1:
            held = ", ".join(names) or "none yet"
            raise StudyError(f"{address}: say which study with --study; those that run there are: {held}")
        (name,) = names
    return open_shared(study, name, progress.noticed), None
