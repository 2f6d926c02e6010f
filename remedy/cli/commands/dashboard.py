"""`remedy dashboard`: a study in a browser, while it runs or later."""

from __future__ import annotations

from typing import Annotated

import typer

from remedy.cli.completion import complete_study
from remedy.cli.options import DEFAULT_RESULTS, ResultsFolder


def dashboard(
    study: Annotated[
        str,
        typer.Argument(
            metavar="STUDY|ADDRESS",
            help="A study's folder or name, or the address of a storage that machines share.",
            autocompletion=complete_study,
        ),
    ],
    results: ResultsFolder = DEFAULT_RESULTS,
    host: Annotated[
        str, typer.Option(metavar="NAME", help="Where to listen; 0.0.0.0 is every network of this machine.")
    ] = "localhost",
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="The port to listen on; 0 is any free one.")
    ] = 8080,
) -> None:
    """Show a study in optuna-dashboard, to be opened in a browser.

    It only reads, so it can look at a study that runs. Ctrl-C ends it.
    """
    from remedy.cli.serve_dashboard import serve_dashboard

    serve_dashboard(study, results, host, port)
