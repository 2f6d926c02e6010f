"""Runs cases side by side, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.repair_rate.rows import Row
from benchmarks.table import read_rows

_LOOK_EVERY = 0.2
_GRACE = 30.0
"""Seconds in which a process that is to end puts its temporary files away."""


@dataclass(frozen=True)
class Task:
    """One case with one seed."""

    case: str
    seed: int
    budget: float

    @property
    def key(self) -> tuple[str, int, float]:
        """As that of its row."""
        return self.case, self.seed, self.budget


def run_tasks(tasks: Sequence[Task], count: int) -> Generator[tuple[Task, Row | str]]:
    """Run tasks, so many at once; give back each one's row, or why there is none, as it ends.

    What still runs when the generator is closed is stopped.
    """
    waiting, running = deque(tasks), list[_Running]()
    with tempfile.TemporaryDirectory(prefix="remedy-benchmark-") as folder:
        try:
            while waiting or running:
                while waiting and len(running) < count:
                    running.append(_Running(waiting.popleft(), Path(folder)))
                ended = [one for one in running if not one.is_alive]
                for one in ended:
                    running.remove(one)
                    yield one.task, one.result()
                if not ended:
                    time.sleep(_LOOK_EVERY)
        finally:
            for one in running:
                one.interrupt()
            for one in running:
                one.wait()


class _Running:
    """A task and its process, which gets no signals of the terminal and ends when its input is closed."""

    def __init__(self, task: Task, folder: Path) -> None:
        self.task = task
        name = f"{task.case}-{task.seed}"
        self._out, self._log = folder / f"{name}.csv", folder / f"{name}.log"
        command = [sys.executable, "-m", "benchmarks.repair_rate.one_case", task.case]
        command += ["--seed", str(task.seed), "--budget", str(task.budget), "--out", str(self._out)]
        command += ["--turn", str(folder / "turn")]
        with self._log.open("w", encoding="utf-8") as printed:
            self._process = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.PIPE,
                stdout=printed,
                stderr=printed,
                env={"TF_CPP_MIN_LOG_LEVEL": "3"} | os.environ,
                start_new_session=True,
            )

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def result(self) -> Row | str:
        self.interrupt()
        if self._process.returncode == 0:
            [row] = read_rows(Row, self._out)
            return row
        said = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return said[-1] if said else f"exit status {self._process.returncode}"

    def interrupt(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()

    def wait(self) -> None:
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
