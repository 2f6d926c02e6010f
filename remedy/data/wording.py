"""How messages quote what a file holds."""

from __future__ import annotations

from collections.abc import Iterable

from remedy.inert import legible

_LONGEST = 60


def quoted(content: object) -> str:
    r"""A cell, label or column name in quotes, on one line, legible and not too long for a message.

    >>> quoted("two\nlines"), quoted("\a")
    ("'two lines'", "'\\x07'")
    """
    text = " ".join(str(content).splitlines())
    text = legible(text[: _LONGEST + 1])
    return f"'{text[:_LONGEST]}...'" if len(text) > _LONGEST else f"'{text}'"


def listed(items: Iterable[object], most: int) -> str:
    """Items in a row, and how many more there are.

    >>> listed(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    texts = [str(item) for item in items]
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more
