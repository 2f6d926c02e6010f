"""A child process, however it came about: started as a program, or forked from a template."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from typing import IO, Protocol

from remedy.workers.template_child import NUMBER

GRACE = 3.0
"""Seconds that a process has to end when it is asked to, or to be gone when its pipe is."""


class LaunchedProcess(Protocol):
    """What one may know of a child process and do to it.

    Attributes:
        printed_before: by the process that it was forked from, if it was.
    """

    printed_before: IO[bytes] | None

    @property
    def pid(self) -> int:
        """Its number."""

    def exit_code(self) -> int | None:
        """Wait a moment for it to be gone; minus a signal's number if that ended it, `None` if unknown."""

    def stop(self) -> None:
        """End it with all that it has started, whatever they are doing."""


class StartedProcess:
    """A program in a session of its own.

    Args:
        command: with its arguments.
        environment: all of it.
        inherited: a file descriptor that it keeps.
        output: where it prints.
    """

    printed_before: IO[bytes] | None = None

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], inherited: int, output: int
    ) -> None:
        # A session of its own: Ctrl-C reaches the parent only, which then ends its workers in order.
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            pass_fds=[inherited],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def exit_code(self) -> int | None:
        """See `LaunchedProcess`."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(timeout=GRACE)
        return None

    def stop(self) -> None:
        """See `LaunchedProcess`."""
        _signal_session(self.pid, signal.SIGTERM)
        self.exit_code()
        _signal_session(self.pid, signal.SIGKILL)
        self._process.wait()


class ForkedProcess:
    """A process that a template forks, as soon as it can.

    Args:
        status: where the template writes its number, and its exit code in the end.
        printed_before: by the template.
    """

    def __init__(self, status: socket.socket, printed_before: IO[bytes]) -> None:
        self.printed_before: IO[bytes] | None = printed_before
        self._status = status
        self._pid: int | None = None
        self._exit_code: int | None = None

    @property
    def pid(self) -> int:
        """Its number; waits for the template to be ready.

        Raises:
            ProcessLookupError: the template is gone, and the process never was.
        """
        if self._pid is None:
            self._pid = self._read(None)
        if self._pid is None:
            raise ProcessLookupError("it was never forked")
        return self._pid

    def exit_code(self) -> int | None:
        """See `LaunchedProcess`."""
        if self._pid is None:
            self._pid = self._read(GRACE)
        if self._exit_code is None:
            self._exit_code = self._read(GRACE)
        return self._exit_code

    def stop(self) -> None:
        """See `LaunchedProcess`; what is not forked yet finds its pipe closed and ends by itself."""
        if self._pid is None:
            self._pid = self._read(0.0)
        if self._pid is not None:
            _signal_session(self._pid, signal.SIGTERM)
            self.exit_code()
            _signal_session(self._pid, signal.SIGKILL)
            self.exit_code()
        self._status.close()
        if self.printed_before is not None:
            self.printed_before.close()

    def _read(self, timeout: float | None) -> int | None:
        self._status.settimeout(timeout)
        try:
            number = self._status.recv(NUMBER.size)
        except (TimeoutError, BlockingIOError):
            return None
        return NUMBER.unpack(number)[0] if len(number) == NUMBER.size else None


def _signal_session(leader: int, number: signal.Signals) -> None:
    """To the whole session: code of the user's may have started processes of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, number)
