"""Whether a process is alive, on this machine or on another."""

from __future__ import annotations

import functools
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

BEAT_EVERY = 10.0
"""Seconds between two heartbeats of a process."""

DEAD_AFTER = 60.0
"""A process of another machine counts as dead if its heartbeat has not changed for so many seconds."""

_LONGEST_GAP = 2 * BEAT_EVERY
"""Seconds between two looks at heartbeats, above which the time between them does not count."""

_CLOCK_TOLERANCE = 2.0
"""By so many seconds the start of one process may be read differently, as it hangs on the clock."""


@dataclass(frozen=True)
class ProcessIdentity:
    """Which process on which machine.

    Attributes:
        machine: of whoever can see each other's processes: two containers are two machines.
        pid: its number there.
        started: seconds since the machine was booted, which tells it from a later one of that number.
    """

    machine: str
    pid: int
    started: float

    @property
    def host(self) -> str:
        """The machine as people call it."""
        return self.machine.partition("/")[0]


def this_process() -> ProcessIdentity:
    """The process that asks."""
    return ProcessIdentity(_this_machine(), os.getpid(), _started(psutil.Process()))


class Pulse:
    """Judges by heartbeats, which are counters: nobody's clock matters, and neither does it jump.

    Args:
        clock: seconds since whenever.
        dead_after: seconds without a heartbeat.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, dead_after: float = DEAD_AFTER) -> None:
        self._clock = clock
        self._dead_after = dead_after
        self._seen: dict[int, tuple[int, float]] = {}
        self._looked = clock()

    def can_see(self, process: ProcessIdentity) -> bool:
        """Whether it is a process of this machine."""
        return process.machine == _this_machine()

    def is_alive(self, number: int, process: ProcessIdentity, beat: int) -> bool:
        """Whether a process still runs, as far as one can know.

        Args:
            number: names the process in later calls.
            process: which it is; one of this machine is looked up.
            beat: its latest heartbeat.
        """
        if self.can_see(process):
            return _runs(process)
        now = self._clock()
        if (gap := now - self._looked) > _LONGEST_GAP:
            # Who could not look, since the storage was away, cannot tell who was silent meanwhile.
            self._seen = {one: (last, since + gap) for one, (last, since) in self._seen.items()}
        self._looked = now
        last, since = self._seen.get(number, (None, 0.0))
        if beat != last:
            since = now
            self._seen[number] = beat, since
        return now - since < self._dead_after


def _runs(process: ProcessIdentity) -> bool:
    try:
        found = psutil.Process(process.pid)
        return (
            found.status() != psutil.STATUS_ZOMBIE
            and abs(_started(found) - process.started) < _CLOCK_TOLERANCE
        )
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:  # it is there and someone else's
        return True


def _started(process: psutil.Process) -> float:
    return process.create_time() - psutil.boot_time()


@functools.cache
def _this_machine() -> str:
    boot = Path("/proc/sys/kernel/random/boot_id")
    namespace = Path("/proc/self/ns/pid")
    return "/".join(
        [
            platform.node(),
            boot.read_text(encoding="ascii").strip() if boot.exists() else "",
            os.readlink(namespace) if namespace.exists() else "",  # noqa: PTH115 - it leads to no file
        ]
    )
