"""How this process was called."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field


@dataclass
class Invocation:
    """What the commands and `main` share.

    Attributes:
        arguments: the command line without the program's name.
        debug: whether internal errors show their traceback.
    """

    arguments: list[str] = field(default_factory=list)
    debug: bool = False

    def again(self, program: str | None) -> str:
        """The command that goes on with an interrupted run, ready to be pasted into a shell."""
        kept = [argument for argument in self.arguments if argument != "--fresh"]
        return f"{program or 'remedy'} {shlex.join(kept)}"
