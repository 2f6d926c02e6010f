"""`remedy run`: run an experiment, show how it goes, print what came out."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

import typer

from remedy import pipeline
from remedy.cli.board import Board
from remedy.cli.console import make_console, print_json
from remedy.cli.live_progress import LiveProgress, can_draw
from remedy.cli.overrides import Overrides
from remedy.cli.plain_progress import PlainProgress
from remedy.cli.stderr import tell
from remedy.cli.verdict_view import print_outcome
from remedy.results.study import Study
from remedy.wording.text import count_text
from remedy.workers import HeadStart

_INTERRUPTED = 130


@dataclass(frozen=True)
class RunOptions:
    """What the options of `remedy run` ask for.

    Attributes:
        results: the folder that holds the studies.
        again: the command that goes on with this run.
    """

    results: Path
    overrides: Overrides
    fresh: bool
    extend: bool
    quiet: bool
    json: bool
    again: str


def run_experiment(file: Path, options: RunOptions, ahead: HeadStart) -> None:
    """Run, and print the verdict.

    Args:
        file: the experiment.
        options: from the command line.
        ahead: workers that were started ahead.

    Raises:
        RemedyError: as `remedy.pipeline.run`.
        typer.Exit: with 130 if the run was interrupted.
    """
    progress = _progress(options)
    try:
        with contextlib.ExitStack() as stack, options.overrides.named_as_typed():
            if isinstance(progress, LiveProgress):
                stack.enter_context(progress)
            verdict = pipeline.run(
                file,
                results=options.results,
                overrides=options.overrides.texts,
                fresh=options.fresh,
                extend=options.extend,
                progress=progress,
                ahead=ahead,
            )
    except KeyboardInterrupt:
        tell(f"interrupted: {_what_is_saved(progress, options.again)}")
        raise typer.Exit(_INTERRUPTED) from None
    if options.json:
        print_json(verdict.to_plain())
    else:
        assert progress.folder is not None  # noqa: S101 - a verdict has a folder
        baseline = Study(progress.folder).baseline
        print_outcome(make_console(), verdict.to_plain(), progress.folder, options.results, baseline)


def _progress(options: RunOptions) -> Board:
    if options.quiet:
        return Board()
    console = make_console(stderr=options.json)
    return LiveProgress(console) if can_draw(console) else PlainProgress(console)


def _what_is_saved(progress: Board, again: str) -> str:
    finished = sum(map(len, progress.finished.values()))
    if progress.folder is None or not finished:
        return f"nothing was trained in this run; what earlier ones have saved is kept; go on with: {again}"
    saved = f"{count_text(finished, 'finished training')} saved in {progress.folder.path}"
    return f"{saved}; go on with: {again}"
