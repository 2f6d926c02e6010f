"""How a tuner of the benchmark tells of its trials: one JSON line each, when it has ended."""

from __future__ import annotations

import json
import time
from pathlib import Path


class Report:
    """Appends to a file.

    Args:
        path: of the file; what is there is overwritten.

    Attributes:
        began: when the search began, seconds since 1970; at first when the report was opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.began = time.time()
        path.write_text("", encoding="utf-8")

    def trial(self, skill: float, epochs: int, **more: float | str) -> None:
        """A trial has ended.

        Args:
            skill: on the validation windows.
            epochs: that it was trained for.
            more: further figures.
        """
        line: dict[str, float | str] = {"skill": skill, "epochs": epochs, **more}
        line |= {"began": self.began, "ended": time.time()}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
