"""On what a benchmark was run, for the pages that the benchmarks write."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Sequence
from pathlib import Path


def machine(packages: Sequence[str]) -> str:
    """Cores, processor and versions as a sentence; packages that are not installed are left out."""
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}" for name in packages if _is_installed(name)
    )
    return f"{cores()} cores ({_processor()}), Python {platform.python_version()}, {versions}."


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text(encoding="utf-8").splitlines() if information.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _is_installed(package: str) -> bool:
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
