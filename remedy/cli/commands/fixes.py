"""`remedy fixes`: the catalogue."""

from __future__ import annotations

from typing import Annotated

import typer

from remedy.cli.completion import complete_fix
from remedy.cli.options import Json


def fixes(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]", help="One fix; without: the whole catalogue.", autocompletion=complete_fix
        ),
    ] = None,
    json: Json = False,
) -> None:
    """The catalogue of fixes, or one of them in full."""
    from remedy.cli.list_fixes import list_fixes

    list_fixes(name, json=json)
