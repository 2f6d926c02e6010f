"""Amounts of memory as people write them: `500MB`, `4GiB`, or a number of bytes."""

from __future__ import annotations

import re
from typing import Any

from pydantic import ByteSize, TypeAdapter, ValidationError

from remedy.config.problems import shown

_BYTES = TypeAdapter(ByteSize)
_PATTERN = re.compile(r"(?:\d+\.?\d*|\.\d+)\s*[A-Za-z]*")


def parse_memory_size(value: Any) -> int:
    """Bytes of an amount of memory.

    Raises:
        ValueError: neither a number nor text that is an amount of memory.

    >>> parse_memory_size("4GiB"), parse_memory_size("500 MB"), parse_memory_size(1024)
    (4294967296, 500000000, 1024)
    """
    try:
        # pydantic reads as far as it understands, 1,5GB as 1.
        if isinstance(value, bool) or (isinstance(value, str) and not _PATTERN.fullmatch(value.strip())):
            raise TypeError
        return int(_BYTES.validate_python(value))
    except (TypeError, ValidationError):
        raise ValueError(f"expected an amount of memory such as 500MB or 4GiB, got {shown(value)}") from None
