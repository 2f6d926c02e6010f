"""`remedy run` on a terminal: what it draws, and that the terminal is as before when it ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.wave import write_wave

EXPERIMENT = """
name: wave
data: {source: wave.csv, target: level, features: [level], window: {length: 6}}
model: {template: dense, units: [8], activation: tanh}
training: {optimizer: {name: adam, learning_rate: 0.03}, epochs: 8, batch_size: 16}
fixes: {scaling: [standard], target_scaling: [standard], clipnorm: {low: 0.5, high: 5}}
search: {trials: 6, workers: 1, pruner: none}
confirm: {top: 1, seeds: 2}
ablation: false
"""

HIDDEN, SHOWN = "\x1b[?25l", "\x1b[?25h"
"""What hides the cursor, and what brings it back."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wave(tmp_path_factory.mktemp("terminal"), EXPERIMENT)


def run_in_terminal(
    folder: Path, environment: dict[str, str], stop_when: Callable[[str], bool] = lambda _: False
) -> tuple[int, str]:
    """Run in a terminal of 80 x 24; Ctrl-C once what it wrote says so. Returns status and output."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    clean = {name: value for name, value in os.environ.items() if name not in {"CI", "NO_COLOR", "COLUMNS"}}
    run = subprocess.Popen(
        [sys.executable, "-m", "remedy", "run", "wave.yaml"],
        cwd=folder,
        env=clean | {"TERM": "xterm-256color"} | environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    said, stopped = "", False
    with contextlib.suppress(OSError):  # the end of the output of a terminal, on Linux
        while piece := os.read(ours, 65536):
            said += piece.decode(errors="replace")
            if not stopped and stop_when(said):
                stopped = True
                os.killpg(run.pid, signal.SIGINT)
    os.close(ours)
    return run.wait(timeout=60), said


@pytest.mark.slow
def test_it_draws_is_stopped_and_goes_on(folder: Path) -> None:
    def in_the_search(said: str) -> bool:
        return re.search(r"[1-5] of 6 trainings", said) is not None and " left" in said

    status, said = run_in_terminal(folder, {}, in_the_search)
    assert status == 130
    assert "Traceback" not in said
    assert "estimating the time left" in said
    assert "looking for the cause" in said
    assert re.search(r"trial +status +skill +curve +recipe", re.sub(r"\x1b\[[\d;]*m", "", said))
    assert said.rindex(SHOWN) > said.rindex(HIDDEN)
    assert re.search(r"interrupted: \d+ finished trainings saved in", said[said.rindex(SHOWN) :])

    status, said = run_in_terminal(folder, {"NO_COLOR": "1"})
    assert status == 0
    assert not re.search(r"\x1b\[[\d;]*3[0-9][\d;]*m", said)
    assert said.rindex(SHOWN) > said.rindex(HIDDEN)
    end = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", said[said.rindex(SHOWN) :])
    assert "unstuck: " in end
    assert "next:    remedy export wave" in end
    assert max(len(line) for line in end.splitlines()) <= 80
