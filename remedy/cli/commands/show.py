"""`remedy show`: one trial in full."""

from __future__ import annotations

from typing import Annotated

import typer

from remedy.cli.options import DEFAULT_RESULTS, Json, ResultsFolder, StudyName


def show(
    study: StudyName,
    trial: Annotated[str, typer.Argument(metavar="TRIAL", help="The number of a trial, or: baseline.")],
    results: ResultsFolder = DEFAULT_RESULTS,
    json: Json = False,
) -> None:
    """Show one trial: its changes, curve and gradients."""
    from remedy.cli.show_trial import show_trial

    show_trial(study, trial, results, json=json)
