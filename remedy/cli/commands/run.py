"""`remedy run`: run an experiment."""

from __future__ import annotations

from typing import Annotated

import typer

from remedy.cli.invocation import Invocation
from remedy.cli.options import DEFAULT_RESULTS, ExperimentFile, Json, ResultsFolder, Settings

_NEEDED_FIRST = 4
"""Workers: one for each seed of the baseline, and one that measures."""


def run(
    context: typer.Context,
    file: ExperimentFile,
    results: ResultsFolder = DEFAULT_RESULTS,
    trials: Annotated[
        int | None, typer.Option(metavar="N", help="Trials of the search in total, earlier runs included.")
    ] = None,
    timeout: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Time for all of it, such as 90s or 10m.",
        ),
    ] = None,
    workers: Annotated[
        str | None, typer.Option(metavar="N|auto", help="Trainings side by side; auto is one per core.")
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="The seed everything follows from.")] = None,
    no_ablation: Annotated[
        bool, typer.Option("--no-ablation", help="Do not find out which fixes of the best recipe are needed.")
    ] = False,
    settings: Settings = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Delete what an earlier run has left.")] = False,
    extend: Annotated[
        bool, typer.Option("--extend", help="Keep the trials after fixes or values were added to the file.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the result only.")] = False,
    json: Json = False,
) -> None:
    """Run an experiment, or go on where it stopped."""
    from remedy.cli.interruption import interruptible
    from remedy.workers import head_start, most_workers

    # Before what is imported and read here, which takes seconds, too.
    most = int(workers) if workers and workers.isdecimal() else most_workers()
    with interruptible(), head_start(min(_NEEDED_FIRST, most_workers(), most)) as ahead:
        from remedy.cli.overrides import Overrides
        from remedy.cli.run_experiment import RunOptions, run_experiment

        overrides = Overrides(
            settings or [],
            {
                "--trials": ("search.trials", trials),
                "--timeout": ("search.timeout", timeout),
                "--workers": ("search.workers", workers),
                "--seed": ("search.seed", seed),
                "--no-ablation": ("ablation", "false" if no_ablation else None),
            },
        )
        again = context.ensure_object(Invocation).again()
        options = RunOptions(
            results, overrides, fresh=fresh, extend=extend, quiet=quiet, json=json, again=again
        )
        run_experiment(file, options, ahead)
