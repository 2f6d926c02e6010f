"""The process from which workers are forked, as its parent sees it.

Loading TensorFlow takes seconds of a core. A worker that is forked has it from the start, which counts where
there are many of them, or where one is replaced.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from remedy.workers.launched_process import ForkedProcess, StartedProcess


class TemplateProcess:
    """Is started with the first request; what TensorFlow reads while it loads is as it was then."""

    def __init__(self) -> None:
        self._requests: socket.socket | None = None
        self._process: StartedProcess | None = None
        self._output: IO[bytes] | None = None
        self._is_over = False
        self._lock = threading.Lock()

    def fork(
        self, module: str, arguments: Sequence[str], environment: Mapping[str, str], pipe: int, output: int
    ) -> ForkedProcess:
        """Have a process forked that runs the `main` of a module, with `pipe` as its first argument.

        Raises:
            OSError: the template is gone.
        """
        request = {
            "module": module,
            "arguments": list(arguments),
            "environment": dict(environment),
            "folder": str(Path.cwd()),
        }
        status, theirs = socket.socketpair()
        try:
            # By a file, for a template that is still loading reads nothing, and pipes are soon full.
            with theirs, self._lock, tempfile.TemporaryFile("w+", encoding="utf-8") as file:
                json.dump(request, file)
                file.flush()
                requests, printed = self._started(environment)
                socket.send_fds(requests, [b"\0"], [file.fileno(), pipe, output, theirs.fileno()])
                printed = os.fdopen(os.dup(printed.fileno()), "rb")
        except BaseException:
            status.close()
            raise
        return ForkedProcess(status, printed)

    def stop(self) -> None:
        """End it for good; what was forked lives on."""
        with self._lock:
            self._is_over = True
            if self._process is not None and self._requests is not None:
                self._requests.close()
                self._process.stop()
                self._process = self._requests = None
            if self._output is not None:
                self._output.close()

    def _started(self, environment: Mapping[str, str]) -> tuple[socket.socket, IO[bytes]]:
        if self._is_over:
            raise BrokenPipeError("the template was stopped")
        if self._requests is None or self._output is None:
            self._output = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
            self._requests, theirs = socket.socketpair()
            with theirs:
                # -P: a numpy.py in the user's folder is not NumPy.
                command = [sys.executable, "-P", "-m", "remedy.workers.template_child", str(theirs.fileno())]
                self._process = StartedProcess(command, environment, theirs.fileno(), self._output.fileno())
        return self._requests, self._output


_template: TemplateProcess | None = None
_users = 0
_lock = threading.Lock()


@contextlib.contextmanager
def worker_template() -> Iterator[None]:
    """Fork workers from one template while the context lasts, where that is possible.

    Contexts share it, nested or in several threads, and the last one ends it.
    """
    global _template, _users
    with _lock:
        _template = _template or TemplateProcess()
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                _template.stop()
                _template = None


def current_template(environment: Mapping[str, str]) -> TemplateProcess | None:
    """The template of a worker that is to see this environment, if it has one.

    A process that has looked for GPUs must not be forked, nor one with JAX, whose threads start early, nor
    any that has loaded Apple's frameworks.
    """
    has_gpu = Path("/proc/driver/nvidia").exists()
    can_fork = sys.platform == "linux" and environment["KERAS_BACKEND"] == "tensorflow" and not has_gpu
    return _template if can_fork else None
