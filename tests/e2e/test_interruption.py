"""A run that is killed and run again ends as if nothing had happened: nothing lost, nothing twice."""

from __future__ import annotations

import contextlib
import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pytest

from remedy.plan import recipe_key
from remedy.search import Studies, finished_records
from remedy.storage import open_journal
from tests.e2e.wave import write_wave

TRIALS = 6
KILLS = 30

EXPERIMENT = f"""
name: wave
data: {{source: wave.csv, target: level, features: [level], window: {{length: 6}}}}
model: {{template: dense, units: [8], activation: tanh}}
training: {{optimizer: {{name: adam, learning_rate: 0.01}}, epochs: 12, batch_size: 8}}
fixes: {{scaling: [standard], target_scaling: [standard], clipnorm: {{low: 0.5, high: 5}}}}
diagnosis: false
search: {{trials: {TRIALS}, workers: 1, pruner: none}}
confirm: {{top: 1, seeds: 2}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wave(tmp_path_factory.mktemp("interrupted"), EXPERIMENT)


def start(folder: Path, results: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "remedy", "run", "wave.yaml", "--results", results],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(run: subprocess.Popen[str]) -> int:
    _, errors = run.communicate(timeout=240)
    assert "Traceback" not in errors, errors
    assert "this is a bug" not in errors, errors
    return run.returncode


def wait_for_trainings(journal: Path, count: int, run: subprocess.Popen[str]) -> None:
    """Until that many trainings have been begun, or the run is over."""
    while run.poll() is None:
        if journal.exists() and journal.read_bytes().count(b'"recipe"') >= count:
            return
        time.sleep(0.02)


def ranked(results: Path) -> pd.DataFrame:
    return pd.read_csv(results / "wave" / "trials.csv").drop(columns=["seconds", "trial"])


@pytest.fixture(scope="module")
def undisturbed(folder: Path) -> Path:
    assert finish(start(folder, "undisturbed")) == 0
    return folder / "undisturbed"


def test_a_run_that_is_interrupted_again_and_again_ends_like_one_that_was_not(
    folder: Path, undisturbed: Path
) -> None:
    pause = random.Random(2)  # noqa: S311
    results = folder / "interrupted"
    for trainings in (6, 14):  # in the search and in the ablation
        run = start(folder, "interrupted")
        wait_for_trainings(results / "wave" / "study.journal", trainings, run)
        time.sleep(pause.uniform(0, 0.4))
        run.send_signal(signal.SIGINT)
        assert finish(run) in {130, 0}
    assert finish(start(folder, "interrupted")) == 0

    assert_whole(results)
    pd.testing.assert_frame_equal(ranked(results), ranked(undisturbed))
    verdicts = [read_verdict(path) for path in (results, undisturbed)]
    for verdict in verdicts:
        del verdict["cost"], verdict["best"]["trial"]
    assert verdicts[0] == verdicts[1]


def test_thirty_kills_of_workers_and_runs_lose_nothing(folder: Path, undisturbed: Path) -> None:
    """At random moments from the first training to the last file, a worker and the run in turn."""
    moments = random.Random(9)  # noqa: S311
    results = folder / "killed"
    journal = results / "wave" / "study.journal"
    kills: Counter[str] = Counter()
    for round_ in range(KILLS // 2):
        run = start(folder, "killed")
        wait_for_trainings(journal, 1 + round_, run)
        time.sleep(moments.uniform(0, 0.3))
        kills["worker"] += kill_a_worker(run, moments)
        time.sleep(moments.uniform(0, 3))
        run.kill()
        kills["run"] += finish(run) == -signal.SIGKILL
    assert finish(start(folder, "killed")) == 0

    assert kills.total() >= KILLS * 0.8, "most rounds have hit something that still ran"
    assert_whole(results)
    verdicts = [read_verdict(path) for path in (results, undisturbed)]
    for part in ("verdict", "baseline"):
        assert verdicts[0][part] == verdicts[1][part]
    assert verdicts[0]["minimal"]["recipe"] == verdicts[1]["minimal"]["recipe"]
    assert (results / "wave" / "best" / "train.py").exists()


def kill_a_worker(run: subprocess.Popen[str], moments: random.Random) -> bool:
    """Or the process from which they are forked."""
    with contextlib.suppress(psutil.NoSuchProcess):
        workers = [
            child
            for child in psutil.Process(run.pid).children(recursive=True)
            if any("remedy.workers" in argument for argument in child.cmdline())
        ]
        if workers:
            moments.choice(workers).kill()
            return True
    return False


def read_verdict(results: Path) -> dict[str, Any]:
    verdict: dict[str, Any] = json.loads((results / "wave" / "verdict.json").read_text())
    return verdict


def assert_whole(results: Path) -> None:
    """Every training is there once, and every file is whole."""
    studies = Studies(open_journal(results / "wave" / "study.journal"))
    replicates: Counter[tuple[str, int]] = Counter()
    for study, count in (("baseline", 3), ("search", TRIALS), ("confirmation", 2), ("ablation", None)):
        records = finished_records(studies.open(study))
        runs = Counter((recipe_key(record.recipe), record.seed) for record in records)
        assert len(runs) == runs.total()
        assert count in {None, runs.total()}
        if study != "search":
            replicates += runs
    assert replicates.total() == len(replicates) > 3 + 2, "no recipe is trained twice with one seed"
    curves = pd.read_parquet(results / "wave" / "curves.parquet")
    assert curves.groupby("trial").size().tolist() == [12] * TRIALS
    assert len(ranked(results)) == TRIALS
    assert not list(results.rglob(".[0-9]*-*"))


def test_ctrl_c_leaves_no_process_behind_and_says_how_to_go_on(folder: Path) -> None:
    run = start(folder, "orphans")
    wait_for_trainings(folder / "orphans" / "wave" / "study.journal", 4, run)
    workers = [child.pid for child in psutil.Process(run.pid).children(recursive=True)]
    stopped = time.monotonic()
    run.send_signal(signal.SIGINT)
    _, errors = run.communicate(timeout=60)
    assert time.monotonic() - stopped < 5
    assert run.returncode == 130
    assert "go on with: " in errors
    assert len(errors.splitlines()) == 1
    assert workers
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
