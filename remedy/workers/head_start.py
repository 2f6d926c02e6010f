"""Worker processes that load Keras, which takes seconds, while the experiment is being read."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from remedy.errors import StudyError, os_reason
from remedy.workers.keras_backend import KerasBackend
from remedy.workers.process import WorkerProcess
from remedy.workers.template_process import worker_template


@dataclass(frozen=True)
class HeadStart:
    """Processes for a pool that is still to come.

    Attributes:
        compiled: the folder that they share for what XLA has compiled.
        processes: started, and without data yet.
    """

    compiled: Path
    processes: tuple[WorkerProcess, ...]


@contextlib.contextmanager
def head_start(count: int = 1, *, backend: KerasBackend | None = None) -> Iterator[HeadStart]:
    """Start worker processes, which end with the context at the latest.

    Args:
        count: how many.
        backend: Keras' backend; `None` is the one that trains.

    Raises:
        ConfigError: there is no such backend here.
        StudyError: there is no room for temporary files.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(worker_template())
        # Of this run only: what XLA compiles for one processor may not run on another.
        try:
            compiled = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="remedy-compiled-")))
        except OSError as error:
            raise StudyError(
                f"no folder for temporary files ({os_reason(error)}); "
                "free some space, or name another folder in TMPDIR"
            ) from error
        processes = []
        for _ in range(count):
            processes.append(WorkerProcess(ahead=True, compiled=compiled, backend=backend))
            stack.callback(processes[-1].stop)
        yield HeadStart(compiled, tuple(processes))
