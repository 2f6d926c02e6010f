"""The tuners that are compared, each run in a process of its own while its memory is watched."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.speed.rows import Row

_SAMPLED_EVERY = 0.5
"""Seconds."""


@dataclass(frozen=True)
class Subject:
    """Something to be measured.

    Attributes:
        name: as in the table.
        module: within `benchmarks.speed`.
        arguments: of its command line, besides trials, seed and file.
        trials: how many; `None` for as many as the others get.
        seeded: whether it takes a seed.
        repeats: how often it is run; `None` for as often as the others.
        environment: what is set for it.
        needs: a package without which it is left out.
    """

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    trials: int | None = None
    seeded: bool = True
    repeats: int | None = None
    environment: tuple[tuple[str, str], ...] = ()
    needs: str = "remedy"

    @property
    def is_installed(self) -> bool:
        """Whether the package that it needs is there."""
        return importlib.util.find_spec(self.needs) is not None


def measure(subject: Subject, repeat: int, trials: int) -> list[Row]:
    """Run a subject once.

    Args:
        subject: what to run.
        repeat: number of the run, which is its seed.
        trials: unless the subject has a number of its own.

    Raises:
        RuntimeError: it failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "trials.jsonl"
        command = [sys.executable, "-m", f"benchmarks.speed.{subject.module}", *subject.arguments]
        command += ["--trials", str(subject.trials or trials), "--out", str(out)]
        command += ["--seed", str(repeat)] if subject.seeded else []
        environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"} | dict(subject.environment)
        log = Path(folder) / "log"
        started = time.time()
        with log.open("w", encoding="utf-8") as printed:
            process = subprocess.Popen(command, env=environment, stdout=printed, stderr=printed)  # noqa: S603
            memory = _watch(process)
            code = process.wait()
        if code:
            raise RuntimeError(f"{subject.name}: exit status {code}\n{log.read_text(encoding='utf-8')}")
        lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    return [
        Row(
            subject=subject.name,
            repeat=repeat,
            trial=number,
            began=round(line["began"] - started, 3),
            ended=round(line["ended"] - started, 3),
            skill=round(line["skill"], 4),
            epochs=line["epochs"],
            seconds=round(line.get("seconds", 0.0), 3),
            step_seconds=round(line.get("step_seconds", 0.0), 3),
            graph=line.get("graph", ""),
            memory=round(max((size for when, size in memory if when <= line["ended"]), default=0.0), 1),
        )
        for number, line in enumerate(lines)
    ]


def _watch(process: subprocess.Popen[bytes]) -> list[tuple[float, float]]:
    """Sample, until the process ends, when which size its largest process has, in MiB."""
    samples: list[tuple[float, float]] = []

    def sample() -> None:
        root = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                family = (root, *root.children(recursive=True))
                sizes = [one.memory_info().rss / 2**20 for one in family]
            except psutil.NoSuchProcess:
                continue  # it has just ended
            samples.append((time.time(), max(sizes)))
            time.sleep(_SAMPLED_EVERY)

    threading.Thread(target=sample, daemon=True).start()
    return samples
