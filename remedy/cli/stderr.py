"""What the command line says beside its output."""

from __future__ import annotations

import sys

from remedy.inert import legible
from remedy.storage_address import mask_passwords


def tell(text: str) -> None:
    """Write a line to stderr, legible and without passwords."""
    sys.stderr.write(f"{mask_passwords(legible(text))}\n")
    sys.stderr.flush()
