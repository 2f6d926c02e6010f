"""`remedy compare`: verdicts side by side."""

from __future__ import annotations

from typing import Annotated

import typer

from remedy.cli.completion import complete_study
from remedy.cli.formats import Format
from remedy.cli.options import DEFAULT_RESULTS, ResultsFolder


def compare(
    studies: Annotated[
        list[str],
        typer.Argument(
            metavar="STUDY", help="Studies' folders, or their names.", autocompletion=complete_study
        ),
    ],
    results: ResultsFolder = DEFAULT_RESULTS,
    output: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.TABLE,
) -> None:
    """Show the verdicts of studies side by side: baseline, best and smallest recipe, cost."""
    from remedy.cli.compare_studies import compare_studies

    compare_studies(studies, results, output)
