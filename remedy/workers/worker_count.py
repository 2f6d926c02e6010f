"""How many workers a machine has use for, and which of its GPUs each may use."""

from __future__ import annotations

import functools
import itertools
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

WORKER_MEMORY = 1 << 30
"""Bytes that a worker needs with a small model and small data: 967 MiB after 150 trials of LSTM(64)."""

_NVIDIA = Path("/proc/driver/nvidia/gpus")
_COUNT_GPUS = "import tensorflow as tf; print(len(tf.config.list_physical_devices('GPU')))"


def worker_count(setting: int | str) -> int:
    """The number of workers on this machine.

    `auto` is one for every GPU, and without a GPU one for every core that this process may use, as far as the
    memory suffices. Workers of one thread each use cores better than threads of one worker, whatever the size
    of the model: two of them did 2.8 times as many steps a second as one with two threads for a small dense
    network, 2.4 times for LSTM(64), 1.4 times for LSTM(512) and 1.1 times for convolutions of 64 filters.

    Args:
        setting: as in the experiment file; a run whose trainings are elsewhere still has one, which measures
            and evaluates.
    """
    if isinstance(setting, int):
        return setting
    if setting != "auto":
        return 1
    return len(gpus()) or most_workers()


def most_workers() -> int:
    """How many workers the cores and the memory of this machine suffice for."""
    return max(1, min(_cores(), _memory() // WORKER_MEMORY))


@functools.cache
def gpus() -> tuple[str, ...]:
    """The GPUs that TensorFlow can use, as `CUDA_VISIBLE_DEVICES` names them."""
    named = named_gpus(os.environ, _NVIDIA)
    if not named:
        return ()
    command = [sys.executable, "-P", "-c", _COUNT_GPUS]
    counted = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    # Without CUDA's libraries TensorFlow sees none.
    usable = counted.stdout.strip()
    return named[: int(usable)] if usable.isdigit() else ()


def named_gpus(environment: Mapping[str, str], driver: Path) -> tuple[str, ...]:
    """The GPUs that are there and not hidden from this process.

    Args:
        environment: may hold `CUDA_VISIBLE_DEVICES`.
        driver: NVIDIA's folder that has an entry for every GPU.
    """
    present = [str(number) for number, _ in enumerate(driver.iterdir())] if driver.is_dir() else []
    visible = environment.get("CUDA_VISIBLE_DEVICES")
    if not present or visible is None:
        return tuple(present)
    names = (name.strip() for name in visible.split(","))
    # CUDA itself stops at the first name that it does not know, such as -1.
    return tuple(itertools.takewhile(lambda name: name and not name.startswith("-"), names))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
