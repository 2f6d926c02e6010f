"""`remedy report`: a study as a page, as Markdown, or as figures."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from remedy.cli.options import DEFAULT_RESULTS, ResultsFolder, StudyName


class ReportFormat(enum.StrEnum):
    """What `--format` takes."""

    HTML = "html"
    MD = "md"
    PNG = "png"
    SVG = "svg"


def report(
    study: StudyName,
    output: Annotated[
        ReportFormat, typer.Option("--format", help="A page, Markdown, or figures for a paper.")
    ] = ReportFormat.HTML,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="PATH", help="The file to write; for png and svg the folder."),
    ] = None,
    results: ResultsFolder = DEFAULT_RESULTS,
) -> None:
    """Explain a study in one page, in Markdown, or in figures.

    The page is one file, to be opened in any browser or sent on: the verdict, curves before and after, which
    fixes matter, the diagnosis with its evidence, predictions, all trials, and the code. Figures are learning
    curves, what the fixes are worth, and predictions.
    """
    from remedy.cli.console import write
    from remedy.inert import legible
    from remedy.report import write_figures, write_markdown, write_report
    from remedy.results.folder import find_study

    folder = find_study(study, results)
    match output:
        case ReportFormat.HTML:
            paths = [write_report(folder, out)]
        case ReportFormat.MD:
            paths = [write_markdown(folder, out)]
        case ReportFormat.PNG:
            paths = write_figures(folder, "png", out)
        case ReportFormat.SVG:
            paths = write_figures(folder, "svg", out)
    for path in paths:
        write(legible(str(path)))
