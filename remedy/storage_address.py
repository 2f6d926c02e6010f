"""Where a study is kept that several machines work on, and how its address is shown without the password."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

_SCHEMES = {"postgresql": "database", "postgresql+psycopg": "database", "grpc": "proxy"}
_EXPECTED = "postgresql+psycopg://user@host/database or grpc://host:port"

_PASSWORD = re.compile(r"(?P<user>\b[A-Za-z][\w+.-]*://[^\s/:@]*):[^\s/@]+@")
_QUERY_PASSWORD = re.compile(r"(?i)(?P<key>[?&](?:password|sslpassword)=)[^\s&'\"]+")


@dataclass(frozen=True)
class StorageAddress:
    """An address as in `search.storage`.

    Attributes:
        url: whole, with the password if one was given.
        kind: a database is opened by this process; a proxy is Optuna's gRPC server in front of one.
    """

    url: str
    kind: Literal["database", "proxy"]

    @property
    def host(self) -> str:
        """The machine that answers."""
        return urlsplit(self.url).hostname or "localhost"

    @property
    def port(self) -> int | None:
        """Its port, if one was given."""
        return urlsplit(self.url).port

    def __str__(self) -> str:
        return mask_passwords(self.url)

    def __repr__(self) -> str:
        return f"StorageAddress({str(self)!r})"


def parse_storage_address(text: str) -> StorageAddress:
    """Read an address.

    Args:
        text: `postgresql+psycopg://user:password@host:port/database`, or `grpc://host:port`.

    Raises:
        ValueError: it is neither.

    >>> str(parse_storage_address("postgresql+psycopg://me:secret@db.example/remedy"))
    'postgresql+psycopg://me:***@db.example/remedy'
    """
    scheme, separator, rest = text.partition("://")
    if not separator or scheme not in _SCHEMES:
        raise ValueError(f"expected {_EXPECTED}, got {mask_passwords(text)!r}")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{mask_passwords(text)!r}: {mask_passwords(str(error))}") from None
    if scheme == "grpc":
        if not parts.hostname or port is None or parts.path.strip("/") or "@" in rest:
            raise ValueError(f"expected grpc://host:port, got {mask_passwords(text)!r}")
        return StorageAddress(text, "proxy")
    if not parts.path.strip("/"):
        raise ValueError(f"names no database; expected {_EXPECTED}")
    # psycopg 2, which plain postgresql:// would mean to SQLAlchemy, is not what is installed with remedy.
    return StorageAddress(f"postgresql+psycopg://{rest}", "database")


def is_masked(url: str) -> bool:
    """Whether the password of an address was masked."""
    return mask_passwords(url) == url and ":***@" in url


def mask_passwords(text: str) -> str:
    """The text with `***` in the place of passwords in addresses.

    >>> mask_passwords("cannot reach postgresql://me:se%40cret@db:5432/x?sslmode=require")
    'cannot reach postgresql://me:***@db:5432/x?sslmode=require'
    """
    return _QUERY_PASSWORD.sub(r"\g<key>***", _PASSWORD.sub(r"\g<user>:***@", text))
