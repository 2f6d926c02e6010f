"""`remedy results`: list studies, or one study's trials."""

from __future__ import annotations

from typing import Annotated

import typer

from remedy.cli.completion import complete_study
from remedy.cli.formats import Format
from remedy.cli.options import DEFAULT_RESULTS, ResultsFolder


def results(
    study: Annotated[
        str | None,
        typer.Argument(
            metavar="[STUDY]",
            help="A study's folder or its name; without: list all studies.",
            autocompletion=complete_study,
        ),
    ] = None,
    results: ResultsFolder = DEFAULT_RESULTS,
    top: Annotated[int | None, typer.Option(metavar="N", min=1, help="The first N rows only.")] = None,
    sort_by: Annotated[
        str | None,
        typer.Option(metavar="COL", help="Sort by this column: skills and dates from the top, else upwards."),
    ] = None,
    hide_failed: Annotated[
        bool, typer.Option("--hide-failed", help="Leave out diverged, failed and pruned trials.")
    ] = False,
    only_changed: Annotated[
        bool, typer.Option("--only-changed", help="Leave out columns that are equal in all rows.")
    ] = False,
    output: Annotated[Format, typer.Option("--format", help="How to print the table.")] = Format.TABLE,
) -> None:
    """List the studies, or the ranked trials of one of them."""
    from remedy.cli.list_results import list_studies, list_trials
    from remedy.cli.rows import Selection

    selection = Selection(top=top, sort_by=sort_by, hide_failed=hide_failed, only_changed=only_changed)
    if study is None:
        list_studies(results, selection, output)
    else:
        list_trials(study, results, selection, output)
