"""`remedy storage serve`: Optuna's gRPC proxy in front of a database."""

from __future__ import annotations

import socket
import sys
import warnings

import optuna
import typer

from remedy.cli.interruption import interruptible
from remedy.cli.stderr import tell
from remedy.errors import ConfigError
from remedy.storage import open_remote_storage
from remedy.storage_address import parse_storage_address

_INTERRUPTED = 130


def serve_storage(text: str, host: str, port: int) -> None:
    """Serve until interrupted.

    Args:
        text: the address of the database.
        host: where to listen.
        port: where to listen.

    Raises:
        ConfigError: that is no address of a database, or the port is taken.
        StudyError: the database cannot be reached.
        typer.Exit: with 130 once it was interrupted.
    """
    try:
        address = parse_storage_address(text)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    if address.kind == "proxy":
        raise ConfigError(f"{address}: is a proxy itself; give the database behind it")
    storage = open_remote_storage(address, lambda message: tell(f"notice: {message}"))
    _check_port(host, port)
    sys.stdout.write(f"serving {address} at grpc://{host}:{port}; Ctrl-C ends it\n")
    sys.stdout.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        try:
            with interruptible():
                optuna.storages.run_grpc_proxy_server(storage, host=host, port=port)
        except KeyboardInterrupt:
            tell("stopped; runs and workers wait until it is started again")
            raise typer.Exit(_INTERRUPTED) from None


def _check_port(host: str, port: int) -> None:
    """GRPC itself says nothing if it cannot listen."""
    try:
        with socket.create_server((host, port)):
            return
    except OSError as error:
        raise cannot_listen(host, port, error) from error


def cannot_listen(host: str, port: int, error: OSError) -> ConfigError:
    """What to tell someone whose port is taken, or whose host has no such address."""
    return ConfigError(f"cannot listen at {host}:{port} ({error.strerror or error})")
