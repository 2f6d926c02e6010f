"""The process from which workers are forked, as its parent sees it.

Loading TensorFlow takes seconds of a core. A worker that is forked has it from the start, which counts where
there are many of them, or where one is replaced.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from remedy.workers.launched_process import ForkedProcess, StartedProcess
from remedy.workers.template_child import NUMBER


class TemplateProcess:
    """Is started with the first request; what TensorFlow reads while it loads is as it was then."""

    def __init__(self) -> None:
        self._requests: socket.socket | None = None
        self._process: StartedProcess | None = None
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
        text = json.dumps(request).encode()
        status, theirs = socket.socketpair()
        with theirs, self._lock:
            self._requests = self._requests or self._start(environment)
            try:
                socket.send_fds(self._requests, [NUMBER.pack(len(text))], [pipe, output, theirs.fileno()])
                self._requests.sendall(text)
            except OSError:
                status.close()
                raise
        return ForkedProcess(status)

    def stop(self) -> None:
        """End it; what was forked lives on."""
        if self._process is not None and self._requests is not None:
            self._requests.close()
            self._process.stop()
            self._process = self._requests = None

    def _start(self, environment: Mapping[str, str]) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            # -P: a numpy.py in the user's folder is not NumPy.
            command = [sys.executable, "-P", "-m", "remedy.workers.template_child", str(theirs.fileno())]
            self._process = StartedProcess(command, environment, theirs.fileno(), subprocess.DEVNULL)
        return ours


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
