"""The command line as a user runs it: in processes of its own, with real trainings."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

EXPERIMENT = """\
data:
  source: sine.csv
  target: value
  window: {length: 8}
model: {template: dense, units: 16}
training:
  optimizer: {name: adam, learning_rate: 0.0001}
  epochs: 12
  batch_size: 4
fixes:
  learning_rate: {choices: [0.01, 0.005], required: true}
  scaling: {choices: [minmax, standard], required: true}
  target_scaling: {value: standard, required: true}
  recurrent_initializer: true
diagnosis: false
search: {trials: 2, workers: 1}
confirm: {top: 1, seeds: 2}
"""

Finished = subprocess.CompletedProcess[str]


def remedy(folder: Path, *arguments: str) -> Finished:
    return subprocess.run(
        [sys.executable, "-m", "remedy", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def write_experiment(folder: Path) -> None:
    rows = [f"{100 + 50 * math.sin(step / 4):.4f}" for step in range(150)]
    (folder / "sine.csv").write_text("value\n" + "\n".join(rows) + "\n")
    (folder / "sine.yaml").write_text(EXPERIMENT)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Finished]:
    """The folder of a run that has ended, and how it did."""
    folder = tmp_path_factory.mktemp("experiment")
    write_experiment(folder)
    return folder, remedy(folder, "run", "sine.yaml")


def test_run_ends_with_a_verdict(finished: tuple[Path, Finished]) -> None:
    _, run = finished
    assert (run.returncode, run.stderr) == (0, "")
    assert "not tried: recurrent_initializer" in run.stdout
    assert "baseline: 3 trainings\nbaseline 1/3: " in run.stdout
    assert "search 2/2: " in run.stdout
    assert "confirmation 2/2: " in run.stdout
    answer, table = run.stdout.index("\nunstuck: "), run.stdout.index("\nrank ")
    assert run.stdout.index("ablation ") < answer < run.stdout.index("\nfix ") < table
    assert "remedy results sine" in run.stdout


def test_output_that_is_no_terminal_is_plain_text(finished: tuple[Path, Finished]) -> None:
    assert "\x1b" not in finished[1].stdout
    assert "\r" not in finished[1].stdout


def test_run_writes_all_files(finished: tuple[Path, Finished]) -> None:
    results = finished[0] / "results" / "sine"
    assert {path.name for path in results.iterdir()} >= {
        "experiment.yaml", "environment.json", "study.journal", "trials.csv", "curves.parquet",
        "verdict.json", "learnability.json", "curves-ablation.parquet",
    }  # fmt: skip
    assert {path.name for path in (results / "best").iterdir()} >= {
        "model.keras", "preprocessing.json", "recipe.json",
    }  # fmt: skip


def test_second_run_trains_nothing(finished: tuple[Path, Finished]) -> None:
    folder, _ = finished
    journal = folder / "results" / "sine" / "study.journal"
    verdict = json.loads((folder / "results" / "sine" / "verdict.json").read_text())
    finished_before = journal.read_text().count('"seconds"')
    again = remedy(folder, "run", "sine.yaml", "--json")
    assert again.returncode == 0
    assert json.loads(again.stdout) == verdict
    assert journal.read_text().count('"seconds"') == finished_before
    assert "1/3" not in again.stderr


def test_results_in_all_formats(finished: tuple[Path, Finished]) -> None:
    folder, _ = finished
    table, csv, markdown, rows = (
        remedy(folder, "results", "sine", "--format", name) for name in ("table", "csv", "md", "json")
    )
    assert [run.returncode for run in (table, csv, markdown, rows)] == [0] * 4
    assert "learning_rate" in table.stdout.splitlines()[0]
    assert csv.stdout == (folder / "results" / "sine" / "trials.csv").read_text()
    assert markdown.stdout.count("\n") == 4
    assert [row["rank"] for row in json.loads(rows.stdout)] == [1, 2]
    assert "sine" in remedy(folder, "results").stdout


def test_show_compares_with_the_baseline(finished: tuple[Path, Finished]) -> None:
    shown = json.loads(remedy(finished[0], "show", "sine", "0", "--json").stdout)
    assert len(shown["curve"]) == 12
    assert "preprocessing.target_scaling" in [change["path"] for change in shown["changes"]]
    assert "optimizer.learning_rate" in remedy(finished[0], "show", "sine", "0").stdout


def test_interrupted_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    write_experiment(tmp_path)
    journal = tmp_path / "results" / "sine" / "study.journal"
    arguments = ["run", "sine.yaml", "--trials", "1", "--set", "training.epochs=2"]
    run = subprocess.Popen(
        [sys.executable, "-m", "remedy", *arguments], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    try:
        deadline = time.monotonic() + 120
        while not (journal.exists() and '"seconds"' in journal.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        run.send_signal(signal.SIGTERM)
        _, error = run.communicate(timeout=60)
    finally:
        run.kill()
    assert run.returncode == 130
    assert error.startswith("interrupted: ")
    assert error.count("\n") == 1
    assert error.endswith(f"go on with: python -m remedy {' '.join(arguments)}\n")
    again = remedy(tmp_path, *arguments)
    assert again.returncode == 0
    assert "baseline: 3 trainings, " in again.stdout


def test_a_mistake_is_one_line_and_writes_nothing(tmp_path: Path) -> None:
    write_experiment(tmp_path)
    (tmp_path / "sine.csv").unlink()
    before = sorted(tmp_path.rglob("*"))
    run = remedy(tmp_path, "run", "sine.yaml")
    assert (run.returncode, run.stdout) == (2, "")
    assert (
        run.stderr
        == f"error: {tmp_path / 'sine.csv'} does not exist; correct the path to the data (data.source)\n"
    )
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [
        (("--help",), {"tensorflow", "keras", "pandas", "numpy", "optuna", "scipy", "sklearn", "pydantic"}),
        (("results",), {"tensorflow", "keras", "pandas", "optuna", "scipy", "sklearn"}),
        (("results", "sine"), {"tensorflow", "keras", "pandas", "optuna", "scipy", "sklearn"}),
        (("show", "sine", "1"), {"tensorflow", "keras"}),
        (("check", "sine.yaml"), {"tensorflow", "keras", "sklearn"}),
    ],
)
def test_commands_load_no_more_than_they_need(
    finished: tuple[Path, Finished], arguments: Sequence[str], heavy: set[str]
) -> None:
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "remedy", *arguments],
        cwd=finished[0],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in run.stderr.splitlines()}
    assert "remedy" in loaded
    assert loaded & heavy == set()


@pytest.mark.parametrize(("arguments", "limit"), [(("--help",), 0.3), (("results", "sine"), 1.0)])
def test_answers_at_once(finished: tuple[Path, Finished], arguments: Sequence[str], limit: float) -> None:
    seconds = []
    for _ in range(3):
        before = time.perf_counter()
        assert remedy(finished[0], *arguments).returncode == 0
        seconds.append(time.perf_counter() - before)
    # Twice the limit, because other work may keep the machine busy.
    assert min(seconds) < 2 * limit


def test_reader_that_closes_the_pipe_is_no_error(finished: tuple[Path, Finished]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        run = subprocess.run(
            [sys.executable, "-m", "remedy", "results", "sine"],
            cwd=finished[0],
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert "Traceback" not in run.stderr
    assert "bug" not in run.stderr
