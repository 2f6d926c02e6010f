"""`remedy init`: an experiment file for a data file."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from remedy.cli.invocation import Invocation
from remedy.cli.options import Json


def init(
    context: typer.Context,
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="A table (.csv, .tsv, .txt, .parquet), arrays (.npz, .npy) or file.py:function.",
        ),
    ],
    target: Annotated[
        list[str] | None,
        typer.Option("--target", metavar="COL", help="The column to predict; can be repeated."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="The file to write; without: DATA's name, .yaml."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="MODEL", help="Your own: file.py:build, or a .keras or .h5 file."),
    ] = None,
    window: Annotated[
        int | None,
        typer.Option(
            "--window", metavar="N", min=0, help="Rows seen at once (tables only); 0: each a sample"
        ),
    ] = None,
    horizon: Annotated[
        int, typer.Option("--horizon", metavar="N", min=1, help="Predict so many rows after the window.")
    ] = 1,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")] = False,
    json: Json = False,
) -> None:
    """Write an experiment file for this data, with a comment for every choice.

    Looks at the columns and chooses task, order, window, splits and a model to begin with. The file runs as
    it is.
    """
    from remedy.cli.init_experiment import init_experiment

    arguments = context.ensure_object(Invocation).arguments
    init_experiment(
        data,
        target or [],
        out,
        model=model,
        window=window,
        horizon=horizon,
        overwrite=force,
        command=shlex.join(["remedy", *arguments]),
        json_output=json,
    )
