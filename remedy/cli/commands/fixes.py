"""`remedy fixes`: the catalogue."""

from __future__ import annotations

from typing import Annotated

import typer

from remedy.cli.options import Json


def fixes(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="One fix; without: the whole catalogue.")
    ] = None,
    json: Json = False,
) -> None:
    """The catalogue: what a fix changes, when it helps, its default space and its source."""
    from remedy.cli.list_fixes import list_fixes

    list_fixes(name, json=json)
