"""How findings are told beside Keras' progress bar."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from remedy.diagnosis.symptom import Finding
from remedy.inert import legible


def sentence(finding: Finding) -> str:
    """One or two sentences: what is wrong, with the number and its threshold, and what to try.

    >>> sentence(Finding("flat_loss", "error", (), "the loss does not move", "", advice="Scale X."))
    'The loss does not move. Scale X.'
    """
    told = finding.cause[:1].upper() + finding.cause[1:] + "."
    return told if finding.advice is None else f"{told} {finding.advice}"


def say(lines: Sequence[str], *, amid_progress: bool = False) -> None:
    """Write to stderr, below a progress bar that stands unfinished on stdout."""
    sys.stdout.flush()
    sys.stderr.write(
        ("\n" if amid_progress else "") + "".join(f"remedy: {legible(line)}\n" for line in lines)
    )
    sys.stderr.flush()
