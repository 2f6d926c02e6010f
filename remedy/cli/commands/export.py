"""`remedy export`: a training as a script of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remedy.cli.options import DEFAULT_RESULTS, Json, ResultsFolder, StudyName


def export(
    study: StudyName,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder to write.")],
    trial: Annotated[
        int | None,
        typer.Option("--trial", metavar="N", min=0, help="This trial; without: the winner of the verdict."),
    ] = None,
    minimal: Annotated[
        bool, typer.Option("--minimal", help="The smallest recipe that still works, not the winner.")
    ] = False,
    results: ResultsFolder = DEFAULT_RESULTS,
    json: Json = False,
) -> None:
    """Write a training as a plain Keras script.

    The folder gets train.py, which needs no remedy, the trained model, its preprocessing, and the changes
    against the baseline as a diff.
    """
    from remedy.cli.export_study import export_study

    export_study(study, results, out, trial=trial, minimal=minimal, json=json)
