"""Runs and workers that share a study, on one machine or through a storage: nothing lost, nothing twice."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
import pytest
from optuna.trial import TrialState
from sqlalchemy.pool import NullPool

from benchmarks.postgres import PASSWORD, PostgresServer
from remedy.plan import recipe_key
from remedy.search import Studies, finished_records
from remedy.storage import open_journal
from tests.e2e.wave import write_wave

TRIALS = 60
FEWER = 24

EXPERIMENT = f"""
name: wave
data: {{source: wave.csv, target: level, features: [level], window: {{length: 6}}}}
model: {{template: dense, units: [8], activation: tanh}}
training: {{optimizer: {{name: adam, learning_rate: 0.03}}, epochs: 10, batch_size: 16}}
fixes:
  scaling: [standard]
  target_scaling: [standard]
  clipnorm: {{low: 0.5, high: 5}}
  learning_rate: {{low: 0.01, high: 0.05, log: true}}
diagnosis: false
search: {{trials: {TRIALS}, workers: 1, pruner: none}}
confirm: {{top: 1, seeds: 3}}
"""

FEW = ("run", "wave.yaml", "--workers", "1", "--trials", str(FEWER))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wave(tmp_path_factory.mktemp("several"), EXPERIMENT)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.remove()


class Process:
    """A `remedy` command in the background; what it says goes to a file."""

    def __init__(self, folder: Path, *arguments: str, program: tuple[str, ...] = ("-m", "remedy")) -> None:
        folder.mkdir(exist_ok=True)
        self._log = folder / f"{time.monotonic_ns()}.log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, *program, *arguments],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self._log.read_text()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=20)

    def end(self, timeout: float = 200) -> str:
        assert self.process.wait(timeout=timeout) == 0, self.said
        assert "Traceback" not in self.said
        return self.said

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=20)


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., Process]]:
    started: list[Process] = []

    def start(*arguments: str, inside: str = ".", **options: Any) -> Process:
        started.append(Process(folder / inside, *arguments, **options))
        return started[-1]

    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.process.pid, signal.SIGKILL)
        process.process.wait(timeout=20)


def trials_of(studies: Studies) -> int:
    """How many trials of the search are finished."""
    search = studies.open("search")
    return len(search.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.FAIL)))


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"{what} has not happened within {seconds} s"
        time.sleep(0.05)


def journal_of(results: Path) -> Studies:
    journal = results / "wave" / "study.journal"
    wait_until(lambda: journal.exists() and journal.stat().st_size > 0, "a journal")
    return Studies(open_journal(journal, read_only=True))


def in_database(server: PostgresServer) -> optuna.storages.BaseStorage:
    """Without a connection that is kept, so that the server can be restarted."""
    return optuna.storages.RDBStorage(server.url, engine_kwargs={"poolclass": NullPool})


def has_trials(results: Path, count: int) -> Callable[[], bool]:
    return lambda: trials_of(journal_of(results)) >= count


def assert_whole(studies: Studies, results: Path, trials: int) -> None:
    """Every training is there once, and the files say the same as the storage."""
    replicates: Counter[tuple[str, int]] = Counter()
    for name, count in (("baseline", 3), ("search", trials), ("confirmation", 3), ("ablation", None)):
        study = studies.open(name)
        assert {trial.state for trial in study.trials} <= {TrialState.COMPLETE}
        records = finished_records(study)
        pairs = Counter((recipe_key(record.recipe), record.seed) for record in records)
        assert pairs.total() == len(study.trials)
        assert set(pairs.values()) <= {1}
        assert count in {None, len(records)}
        if name != "search":
            replicates += pairs
        curves = "curves.parquet" if name == "search" else f"curves-{name}.parquet"
        epochs = pd.read_parquet(results / "wave" / curves).groupby("trial")["epoch"].count()
        assert epochs.to_dict() == {record.number: record.epochs for record in records}
    assert set(replicates.values()) == {1}
    ranked = pd.read_csv(results / "wave" / "trials.csv")
    assert sorted(ranked["trial"]) == list(range(trials))
    verdict: dict[str, Any] = json.loads((results / "wave" / "verdict.json").read_text())
    assert verdict["verdict"] == "unstuck"
    assert verdict["cost"]["trials"] == trials
    needed = {proof["fix"] for proof in verdict["fixes"] if proof["role"] == "needed"}
    assert needed == {"scaling", "target_scaling"}


def test_a_worker_helps_in_the_folder_and_one_that_is_killed_loses_nothing(
    folder: Path, start: Callable[..., Process]
) -> None:
    results = folder / "helped"
    run = start(*FEW, "--results", "helped")
    journal_of(results)
    victim = start("worker", "helped/wave", "--workers", "1")
    wait_until(lambda: victim.said.count("search ") >= 3, "a few trials of the first worker")
    victim.kill()
    # Two runs of one experiment share it, and so does a worker that comes late.
    second = start(*FEW, "--results", "helped")
    late = start("worker", "wave", "--results", "helped", "--workers", "1")
    assert "notice: " not in run.end()
    assert "another run is working on this study" in second.end()
    assert "the run is over or gone" in late.end()
    assert late.said.count("search ") + late.said.count("ablation ") > 0
    assert_whole(journal_of(results), results, FEWER)


def test_a_second_run_goes_on_where_the_first_was_killed(folder: Path, start: Callable[..., Process]) -> None:
    results = folder / "taken-over"
    first = start(*FEW, "--results", "taken-over")
    wait_until(has_trials(results, 2), "a few trials")
    second = start(*FEW, "--results", "taken-over")
    wait_until(lambda: "helping it meanwhile" in second.said, "the second run's help")
    wait_until(has_trials(results, 8), "more trials")
    first.kill()
    assert "that run is over or gone" in second.end()
    assert_whole(journal_of(results), results, FEWER)


def test_a_run_refuses_to_help_one_of_another_experiment_and_to_delete_what_is_worked_on(
    folder: Path, start: Callable[..., Process]
) -> None:
    results = folder / "refused"
    start("run", "wave.yaml", "--results", "refused")
    wait_until(has_trials(results, 1), "a trial")
    other = start("run", "wave.yaml", "--results", "refused", "--set", "training.epochs=3")
    assert other.process.wait(timeout=60) == 2
    assert "another experiment (changed: training.epochs)" in other.said
    fresh = start("run", "wave.yaml", "--results", "refused", "--fresh")
    assert fresh.process.wait(timeout=60) == 2
    assert "another run is working on this study; wait for it or stop it" in fresh.said


def test_on_postgresql_another_experiment_of_the_name_joins_nothing_and_deletes_nothing(
    folder: Path, start: Callable[..., Process], server: PostgresServer
) -> None:
    environment = ("--set", f"search.storage={server.url}", "--set", "name=shared")
    first = start("run", "wave.yaml", "--results", "first-folder", *environment)
    studies = Studies(in_database(server), "shared/")
    wait_until(lambda: trials_of(studies) >= 1, "a trial")
    other = start(
        "run", "wave.yaml", "--results", "second-folder", *environment, "--set", "training.epochs=3"
    )
    assert other.process.wait(timeout=60) == 2
    assert "the storage holds another experiment of this name (changed: training.epochs)" in other.said
    left = folder / "second-folder" / "shared" / "report.html"
    left.write_text("of an earlier run")
    fresh = start("run", "wave.yaml", "--results", "second-folder", *environment, "--fresh")
    assert fresh.process.wait(timeout=60) == 2
    assert "another run leads this study" in fresh.said
    assert left.exists()
    first.kill()
    begun = {trial.datetime_start for trial in studies.open("search").trials}
    start(*FEW, "--results", "second-folder", *environment, "--fresh").end()
    assert "of an earlier run" not in left.read_text()
    assert begun.isdisjoint(trial.datetime_start for trial in studies.open("search").trials)
    (folder / "second-folder" / "shared").rename(folder / "second-folder" / "wave")
    assert_whole(studies, folder / "second-folder", FEWER)


def test_four_workers_on_postgresql_that_is_restarted_in_the_middle(
    folder: Path, start: Callable[..., Process], server: PostgresServer
) -> None:
    storage = f"search.storage={server.url}"
    studies = Studies(in_database(server), "wave/")
    run = start("run", "wave.yaml", "--workers", "1", "--results", "postgres", "--set", storage)
    workers = [start("worker", server.url, "--workers", "1", inside="elsewhere") for _ in range(4)]
    wait_until(lambda: trials_of(studies) >= 20, "twenty trials")
    server.stop()
    wait_until(lambda: "does not answer" in run.said, "that the run misses its storage")
    time.sleep(2)
    server.start()
    said = run.end()
    assert "answers again after" in said
    shares = [worker.end().count("search ") for worker in workers]
    results = folder / "postgres"
    assert_whole(Studies(in_database(server), "wave/"), results, TRIALS)
    assert sum(share > 0 for share in shares) == 4
    assert 0 < sum(shares) <= TRIALS
    # The folder can be read without the database, and holds no password.
    assert_whole(journal_of(results), results, TRIALS)
    assert (results / "wave" / "best" / "train.py").exists()
    for path in (path for path in (folder / "postgres").rglob("*") if path.is_file()):
        assert PASSWORD.encode() not in path.read_bytes(), path
    assert PASSWORD not in said
    assert server.masked in (results / "wave" / "experiment.yaml").read_text()
    server.stop()
    for arguments in (["results", "wave"], ["show", "wave", "7"]):
        start(*arguments, "--results", "postgres").end()
    server.start()


def test_a_run_on_another_machine_goes_on_with_a_study_on_postgresql(
    folder: Path, start: Callable[..., Process], server: PostgresServer
) -> None:
    """The other machine has nothing of the first one's folder."""
    environment = ("--set", f"search.storage={server.url}", "--set", "name=moved")
    first = start(*FEW, "--results", "first-machine", *environment)
    studies = Studies(in_database(server), "moved/")
    wait_until(lambda: trials_of(studies) >= 10, "some trials")
    first.kill()
    second = start(*FEW, "--results", "second-machine", *environment)
    second.end()
    (folder / "second-machine" / "moved").rename(folder / "second-machine" / "wave")
    assert_whole(studies, folder / "second-machine", FEWER)


def test_four_workers_through_the_proxy(
    folder: Path, start: Callable[..., Process], server: PostgresServer
) -> None:
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    proxy = start("storage", "serve", server.url, "--port", str(port))
    wait_until(lambda: "serving" in proxy.said, "the proxy")
    assert PASSWORD not in proxy.said
    address = f"grpc://localhost:{port}"
    name = ("--set", "name=proxied")
    run = start(*FEW, "--results", "proxied", "--set", f"search.storage={address}", *name)
    workers = [start("worker", address, "--study", "proxied", "--workers", "1") for _ in range(4)]
    run.end()
    assert sum(worker.end().count("search ") > 0 for worker in workers) == 4
    (folder / "proxied" / "proxied").rename(folder / "proxied" / "wave")
    assert_whole(Studies(in_database(server), "proxied/"), folder / "proxied", FEWER)


def test_a_dask_cluster_of_which_one_worker_is_killed(folder: Path, start: Callable[..., Process]) -> None:
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    dask = ("-m", "distributed.cli.dask_scheduler", "--port", str(port), "--dashboard-address", ":0")
    start(program=dask)
    worker = ("-m", "distributed.cli.dask_worker", f"tcp://localhost:{port}", "--nthreads", "1")
    workers = [start(program=(*worker, "--no-nanny", "--no-dashboard")) for _ in range(2)]
    wait_until(lambda: all("Registered to" in one.said for one in workers), "the cluster")
    results = folder / "dask"
    run = start(*FEW, "--results", "dask", "--workers", f"dask://localhost:{port}")
    wait_until(has_trials(results, 8), "some trials")
    workers[0].kill()
    assert "2 trainings at once on the Dask cluster" in run.end()
    assert_whole(journal_of(results), results, FEWER)
