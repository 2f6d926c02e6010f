"""A long search takes no more memory in the end than it did in the beginning."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import psutil

from tests.e2e.wave import write_wave

TRIALS = 300
EARLY = 30

# Two graphs, each of which both workers compile once, within the first trials.
EXPERIMENT = f"""
name: wave
data: {{source: wave.csv, target: level, features: [level], window: {{length: 6}}}}
model: {{template: dense, units: [4], activation: tanh}}
training: {{optimizer: {{name: adam, learning_rate: 0.01}}, epochs: 1, batch_size: 64}}
fixes:
  scaling: [standard]
  activation: [relu]
  clipnorm: {{low: 0.5, high: 5}}
diagnosis: false
ablation: false
search: {{trials: {TRIALS}, workers: 2, sampler: random, pruner: none}}
confirm: {{top: 1, seeds: 2}}
"""


def resident(run: psutil.Process) -> dict[int, int]:
    """Bytes that the run, each of its workers and the process that these are forked from hold."""
    return {process.pid: process.memory_info().rss for process in (run, *run.children(recursive=True))}


def test_three_hundred_trials_take_no_more_memory_than_thirty(tmp_path: Path) -> None:
    folder = write_wave(tmp_path, EXPERIMENT)
    table = folder / "results" / "wave" / "trials.csv"
    seen: dict[int, list[int]] = defaultdict(list)
    command = [sys.executable, "-m", "remedy", "run", "wave.yaml", "--quiet"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as run:
        finished = 0
        while finished < TRIALS and run.poll() is None:
            time.sleep(0.2)
            finished = table.read_text().count("\n") - 1 if table.exists() else 0
            if finished >= EARLY:
                for pid, memory in resident(psutil.Process(run.pid)).items():
                    seen[pid].append(memory)
        output, _ = run.communicate(timeout=120)
    assert run.returncode == 0, output.decode()

    workers = 3 if sys.platform == "linux" else 2
    assert len(seen) == 1 + workers, "none of them was replaced"
    for samples in seen.values():
        assert len(samples) > 10
        assert max(samples) < 1.1 * samples[0]
