"""Options that several commands share."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from remedy.cli.completion import complete_experiment, complete_study

DEFAULT_RESULTS = Path("results")

ExperimentFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="The experiment file.", autocompletion=complete_experiment)
]
StudyName = Annotated[
    str,
    typer.Argument(metavar="STUDY", help="A study's folder, or its name.", autocompletion=complete_study),
]
ResultsFolder = Annotated[
    Path, typer.Option("--results", metavar="DIR", help="The folder that holds the studies.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Put a value in place of the file's; can be repeated."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON alone on stdout.")]


def results_option(results: Path) -> str:
    """What a command to type next needs to find the studies: nothing where they are by default.

    >>> results_option(Path("results")), results_option(Path("my runs"))
    ('', " --results 'my runs'")
    """
    return "" if results == DEFAULT_RESULTS else f" --results {shlex.quote(str(results))}"
