"""Places that are too small, or that nobody may write to."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


class SmallDisk:
    """A file system in memory, with room for so many KiB.

    Args:
        folder: where it is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def resize(self, kib: int) -> None:
        """Give it more room, or less."""
        self._remount(f"size={kib}k")

    def protect(self) -> None:
        """Let nobody write to it, not even root."""
        self._remount("ro")

    def _remount(self, option: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{option}", self.folder], check=True)


@contextlib.contextmanager
def small_disk(folder: Path, kib: int) -> Iterator[SmallDisk]:
    """A disk of its own; the test is skipped where this process may not mount one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "remedy-test", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(f"there is no mount ({error})")
    if mounted.returncode:
        pytest.skip(f"no right to mount ({mounted.stderr.strip()})")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def limiting_files(largest: int) -> Callable[[], None]:
    """For `preexec_fn`: writing beyond so many bytes of a file fails, in the process and in its children."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))


def is_root() -> bool:
    """Whether permissions of files mean nothing to this process."""
    return os.geteuid() == 0
