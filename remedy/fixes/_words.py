"""Words that several fixes share."""

from __future__ import annotations


def scaler_text(kind: str) -> str:
    """A kind of scaling as people call it."""
    return {"minmax": "MinMax"}.get(kind, kind)
