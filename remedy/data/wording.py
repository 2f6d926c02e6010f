"""How messages quote what a file holds."""

from __future__ import annotations

_LONGEST = 60


def quoted(content: object) -> str:
    r"""A cell, label or column name in quotes, on one line and not too long for a message.

    >>> quoted("two\nlines")
    "'two lines'"
    """
    text = " ".join(str(content).splitlines())
    return f"'{text[:_LONGEST]}...'" if len(text) > _LONGEST else f"'{text}'"
