"""A worker process that loads TensorFlow, which takes seconds, while the experiment is being read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from remedy.workers.process import WorkerProcess


@contextlib.contextmanager
def head_start() -> Iterator[WorkerProcess]:
    """Start a worker process of TensorFlow's for a pool that is still to come.

    It is ended with the context at the latest.
    """
    process = WorkerProcess(ahead=True, backend="tensorflow")
    try:
        yield process
    finally:
        process.stop()
