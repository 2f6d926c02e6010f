"""One case at a time is measured; what nobody times goes on beside it, with what is left of the machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from filelock import FileLock

_LOWEST_PRIORITY = 19


class Turn:
    """The right to be measured.

    Args:
        path: of a file, the same for all processes that share the machine.
    """

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(path)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for the turn and have it, at most until the context ends."""
        with self._lock:
            yield
            self.end()

    def end(self) -> None:
        """Let another process have it, and leave it the processors; nothing happens without the turn."""
        if not self._lock.is_locked:
            return
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                process.nice(_LOWEST_PRIORITY)
            # Workers have sessions of their own, and Linux may weigh sessions before it looks at processes.
            with suppress(OSError):
                Path(f"/proc/{process.pid}/autogroup").write_text(str(_LOWEST_PRIORITY), encoding="ascii")
        self._lock.release()
