"""Whether a training takes more than it may."""

from __future__ import annotations

import psutil

from remedy.training import Limits


def excess_time(limits: Limits, seconds: float) -> str | None:
    """Why a training that has taken so long is to be stopped, if it is.

    >>> excess_time(Limits(seconds=60), 61.3)
    'stopped: it was not over after 60 s (search.trial_timeout)'
    >>> excess_time(Limits(), 1e9)
    """
    if limits.seconds is None or seconds <= limits.seconds:
        return None
    return f"stopped: it was not over after {limits.seconds:g} s (search.trial_timeout)"


def excess_memory(limits: Limits, memory: int) -> str | None:
    """Why a training whose worker holds so many bytes is to be stopped, if it is.

    >>> excess_memory(Limits(memory=1 << 30), 3 << 29)
    'stopped: its worker took 1536 MiB of memory, more than 1024 MiB (search.trial_memory)'
    >>> excess_memory(Limits(), 1 << 40)
    """
    if limits.memory is None or memory <= limits.memory:
        return None
    taken, allowed = memory / (1 << 20), limits.memory / (1 << 20)
    return (
        f"stopped: its worker took {taken:.0f} MiB of memory, more than {allowed:.0f} MiB "
        "(search.trial_memory)"
    )


def own_memory(pid: int) -> int:
    """Bytes that a process holds for itself; 0 if it is gone or cannot be looked at.

    Mapped files, such as the data that workers share, do not count where the system tells them apart.
    """
    try:
        memory = psutil.Process(pid).memory_info()
    except psutil.Error:
        return 0
    own: int = memory.rss - getattr(memory, "shared", 0)
    return own
