"""Storages that several machines share: a PostgreSQL database, or Optuna's gRPC proxy in front of one."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable

import optuna
from optuna.storages import BaseStorage, get_storage

from remedy.errors import ConfigError, StudyError
from remedy.storage.patient import PATIENCE, PatientStorage, first_line
from remedy.storage_address import StorageAddress

_CONNECT_WITHIN = 10
"""Seconds for a connection to be made."""


def open_remote_storage(
    address: StorageAddress, tell: Callable[[str], None] = lambda _: None, *, patience: float = PATIENCE
) -> PatientStorage:
    """Open a storage; a database gets Optuna's tables if it has none.

    Args:
        address: where it is.
        tell: is told when it stops answering and when it answers again.
        patience: seconds for which it is asked again, once it has answered.

    Raises:
        ConfigError: what is needed to talk to it is not installed.
        StudyError: it cannot be reached.
    """
    open_ = _open_database if address.kind == "database" else _open_proxy
    inner, disconnect = open_(address)
    return PatientStorage(inner, address, tell, patience=patience, disconnect=disconnect)


_Opened = tuple[BaseStorage, Callable[[], object]]
"""A storage, and what ends its connections."""


def _open_database(address: StorageAddress) -> _Opened:
    if importlib.util.find_spec("psycopg") is None:
        raise ConfigError(
            f"search.storage: {address} needs psycopg; install it with: pip install 'remedy[postgres]'"
        )
    from sqlalchemy.exc import ArgumentError, SQLAlchemyError

    try:
        storage = optuna.storages.RDBStorage(
            address.url,
            # One connection per process, that very many processes can join; looked at before it is used,
            # since the server may have been restarted.
            engine_kwargs={
                "pool_size": 1,
                "pool_pre_ping": True,
                "connect_args": {"connect_timeout": _CONNECT_WITHIN},
            },
        )
    except ArgumentError as error:
        raise ConfigError(f"search.storage: {address} is no address ({first_line(error)})") from error
    except (SQLAlchemyError, optuna.exceptions.StorageInternalError, RuntimeError) as error:
        raise StudyError(f"{address}: cannot be used ({first_line(error)})") from error
    return get_storage(storage), storage.engine.dispose


def _open_proxy(address: StorageAddress) -> _Opened:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        storage = optuna.storages.GrpcStorageProxy(host=address.host, port=address.port)
    try:
        storage.wait_server_ready(timeout=_CONNECT_WITHIN)
    except ConnectionError as error:
        raise StudyError(
            f"{address}: nobody answers; start the proxy there with: "
            f"remedy storage serve ADDRESS --port {address.port}"
        ) from error
    return storage, storage.close
