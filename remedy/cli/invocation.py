"""How this process was called."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field

from remedy.storage_address import mask_passwords


@dataclass
class Invocation:
    """What the commands and `main` share.

    Attributes:
        program: how it was called, `remedy` or `python -m remedy`.
        arguments: the command line without the program's name.
        debug: whether errors show their traceback and what else is known.
    """

    program: str = "remedy"
    arguments: list[str] = field(default_factory=list)
    debug: bool = False

    def again(self) -> str:
        """The command that goes on with an interrupted run, ready to be pasted into a shell."""
        kept = [argument for argument in self.arguments if argument != "--fresh"]
        return mask_passwords(f"{self.program} {shlex.join(kept)}")
