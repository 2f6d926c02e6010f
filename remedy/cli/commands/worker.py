"""`remedy worker`: help with a study that a run works on, from this or another machine."""

from __future__ import annotations

from typing import Annotated

import typer

from remedy.cli.completion import complete_study
from remedy.cli.options import DEFAULT_RESULTS, ResultsFolder, Settings


def worker(
    study: Annotated[
        str,
        typer.Argument(
            metavar="STUDY|ADDRESS",
            help="A study's folder or name, or the address of the storage it is in.",
            autocompletion=complete_study,
        ),
    ],
    results: ResultsFolder = DEFAULT_RESULTS,
    name: Annotated[
        str | None,
        typer.Option("--study", metavar="NAME", help="The study, if the storage holds several that run."),
    ] = None,
    workers: Annotated[
        str, typer.Option(metavar="N|auto", help="Trainings side by side; auto is one per core.")
    ] = "auto",
    wait: Annotated[str, typer.Option(metavar="TIME", help="How long to wait where no run goes on.")] = "10m",
    settings: Settings = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print how it ended only.")] = False,
) -> None:
    """Train for a run that another process leads, until it has its verdict."""
    from remedy.cli.interruption import interruptible
    from remedy.workers import head_start, most_workers

    most = int(workers) if workers.isdecimal() else most_workers()
    with interruptible(), head_start(min(most_workers(), most)) as ahead:
        from remedy.cli.overrides import Overrides
        from remedy.cli.serve_study import WorkerOptions, serve_study

        overrides = Overrides(settings or [], {"--workers": ("search.workers", workers)})
        serve_study(study, WorkerOptions(results, name, overrides, wait, quiet=quiet), ahead)
