"""`remedy storage serve`: one process that talks to the database for very many workers."""

from __future__ import annotations

from typing import Annotated

import typer

storage = typer.Typer(help="Storages that several machines share.", no_args_is_help=True)


@storage.callback()
def _storage() -> None:
    """Storages that several machines share."""


@storage.command()
def serve(
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="The database, postgresql+psycopg://user@host/database.")
    ],
    host: Annotated[
        str, typer.Option(metavar="NAME", help="Where to listen; 0.0.0.0 is every network of this machine.")
    ] = "localhost",
    port: Annotated[int, typer.Option(metavar="N", min=1, max=65535, help="The port to listen on.")] = 13000,
) -> None:
    """Start Optuna's gRPC proxy for a database; runs and workers reach it as grpc://HOST:PORT.

    Whoever reaches the port can read and change the studies.
    """
    from remedy.cli.serve_storage import serve_storage

    serve_storage(address, host, port)
