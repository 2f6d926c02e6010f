"""Where a study is kept that several machines work on, and how its address is shown without the password."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

_SCHEMES = {"postgresql": "database", "postgresql+psycopg": "database", "grpc": "proxy"}
_EXPECTED = "postgresql+psycopg://user@host/database or grpc://host:port"

_PASSWORD = re.compile(r"(?P<user>\b[A-Za-z][\w+.-]*:/{1,2}[^\s/:@]*):\S+@")
"""Up to the last `@`: what was not percent-encoded is hidden, too. Paths have one slash for two."""

_QUERY_PASSWORD = re.compile(r"(?i)(?P<key>[?&](?:password|sslpassword)=)[^\s&]*[^\s&'\"]")

_WHOLE_PASSWORD = re.compile(r"(?s)(?P<user>://[^\s/:@]*):.+@")
_NO_PORT = re.compile(r"(?P<host>://[^\s/:@]*):(?!\d*(?:[/?#]|$))[^@/?#]*(?![^/?#]*@)")
"""Where the host was forgotten, a password stands in the place of the port."""


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
        raise ValueError(f"expected {_EXPECTED}, got {mask_address(text)!r}")
    if rest.count("@") > 1 or re.search("[/?#].*@", rest) or not _is_word(rest):
        raise ValueError(
            f"{mask_address(text)!r}: '@', '/', '?', '#' and spaces in a password are written "
            "%40, %2F, %3F, %23 and %20"
        )
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(
            f"{mask_address(text)!r}: host and port cannot be told; expected {_EXPECTED}"
        ) from None
    if scheme == "grpc":
        if not parts.hostname or port is None or parts.path.strip("/") or "@" in rest:
            raise ValueError(f"expected grpc://host:port, got {mask_address(text)!r}")
        return StorageAddress(text, "proxy")
    if not parts.path.strip("/"):
        raise ValueError(f"names no database; expected {_EXPECTED}")
    # psycopg 2, which plain postgresql:// would mean to SQLAlchemy, is not what is installed with remedy.
    return StorageAddress(f"postgresql+psycopg://{rest}", "database")


def _is_word(text: str) -> bool:
    return text.isprintable() and " " not in text


def is_masked(url: str) -> bool:
    """Whether the password of an address was masked."""
    return mask_passwords(url) == url and ":***@" in url


def mask_passwords(text: str) -> str:
    """The text with `***` in the place of passwords in addresses.

    >>> mask_passwords("cannot reach postgresql://me:se%40cret@db:5432/x?sslmode=require")
    'cannot reach postgresql://me:***@db:5432/x?sslmode=require'
    """
    return _QUERY_PASSWORD.sub(r"\g<key>***", _PASSWORD.sub(r"\g<user>:***@", text))


def mask_address(text: str) -> str:
    """The same for text that is an address as a whole, or a setting with one, however it is written.

    >>> mask_address("search.storage=postgresql://me:two words@db/x"), mask_address("postgresql://me:secret/x")
    ('search.storage=postgresql://me:***@db/x', 'postgresql://me:***/x')
    """
    masked = _WHOLE_PASSWORD.sub(r"\g<user>:***@", text)
    return mask_passwords(_NO_PORT.sub(r"\g<host>:***", masked))
