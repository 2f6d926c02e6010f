"""A study is exported by the command line, and the scripts run where there is no remedy."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.pages import Page

EXPERIMENT = """\
data: {source: waves.csv, target: level, time: hour, window: {length: 6}}
model: {template: dense, units: 6}
training: {epochs: 12, batch_size: 16, optimizer: {name: adam, learning_rate: 0.01}}
fixes:
  scaling: {value: minmax, required: true}
  target_scaling: {choices: [minmax, standard], required: true}
diagnosis: false
search: {trials: 2, workers: 1}
confirm: {top: 1, seeds: 2}
"""

Finished = subprocess.CompletedProcess[str]


def run(folder: Path, *command: str, **environment: str) -> Finished:
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=280,
        env=os.environ | environment,
    )


def remedy(folder: Path, *arguments: str) -> Finished:
    return run(folder, "-m", "remedy", *arguments)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that has ended."""
    folder = tmp_path_factory.mktemp("waves")
    rows = [f"{hour},{1000 + 300 * math.sin(hour / 3):.3f}" for hour in range(240)]
    (folder / "waves.csv").write_text("hour,level\n" + "\n".join(rows) + "\n")
    (folder / "waves.yaml").write_text(EXPERIMENT)
    finished = remedy(folder, "run", "waves.yaml", "--quiet")
    assert finished.returncode == 0, finished.stderr
    return folder


@pytest.fixture(scope="module")
def without_remedy(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process that finds no remedy."""
    path = tmp_path_factory.mktemp("path")
    (path / "sitecustomize.py").write_text('import sys\n\nsys.modules["remedy"] = None\n')
    return {"PYTHONPATH": str(path)}


def skill_of(script: Finished) -> float:
    assert script.returncode == 0, script.stderr
    line = script.stdout.strip().splitlines()[-1]
    assert line.startswith("validation skill "), line
    return float(line.split()[2].rstrip(","))


def assert_refused(finished: Finished, message: str) -> None:
    assert (finished.returncode, finished.stdout) == (2, "")
    assert message in finished.stderr.splitlines()[-1]
    assert "Traceback" not in finished.stderr


def test_the_winner_trains_again_to_the_same_skill(folder: Path, without_remedy: dict[str, str]) -> None:
    exported = remedy(folder, "export", "waves", "--out", "winner", "--json")
    assert exported.returncode == 0, exported.stderr
    said = json.loads(exported.stdout)
    assert said["files"] == ["changes.diff", "model.keras", "preprocessing.json", "train.py"]
    assert said["notes"] == []
    best = json.loads((folder / "results/waves/best/recipe.json").read_text())
    assert (said["recipe"], said["seed"]) == (best["recipe"], best["seed"])
    (folder / "winner" / "model.keras").unlink()
    skill = skill_of(run(folder / "winner", "train.py", **without_remedy))
    assert skill == pytest.approx(said["skill"], abs=1e-4)
    assert skill == pytest.approx(best["skill"], abs=1e-4)
    assert (folder / "winner" / "model.keras").exists()


def test_the_script_predicts_what_comes_after_other_rows(
    folder: Path, without_remedy: dict[str, str]
) -> None:
    exported = remedy(folder, "export", "waves", "--out", "predicting")
    assert exported.returncode == 0, exported.stderr
    code = (
        "import pandas as pd; from train import load_data, predict, predict_next; "
        "table = pd.read_csv('../waves.csv'); X, _ = load_data()['test']; "
        "print(abs(predict_next(table[:-1]) - predict(X[-1:])).max())"
    )
    done = run(folder / "predicting", "-c", code, **without_remedy)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.splitlines()[-1]) < 1e-3  # of values around 1,000


def test_a_trial_of_the_search_is_trained_once_more(folder: Path, without_remedy: dict[str, str]) -> None:
    exported = remedy(folder, "export", "waves", "--trial", "1", "--out", "new/trial")
    assert exported.returncode == 0, exported.stderr
    assert "training trial 1 of the study waves again, since its model was not kept" in exported.stderr
    assert "epoch 12 of 12" in exported.stderr
    assert exported.stdout.splitlines()[-1] == "Train it again with: python new/trial/train.py"
    shown = json.loads(remedy(folder, "show", "waves", "1", "--json").stdout)
    skill = skill_of(run(folder, "new/trial/train.py", **without_remedy))
    assert skill == pytest.approx(shown["skill"], abs=1e-4)


def test_what_cannot_be_exported_is_refused_in_one_line(folder: Path) -> None:
    (folder / "full").mkdir()
    (folder / "full" / "file").touch()
    assert_refused(remedy(folder, "export", "waves", "--out", "full"), "error: full: is not empty")
    missing = remedy(folder, "export", "waves", "--trial", "7", "--out", "out")
    assert_refused(missing, "no finished trial 7; they go up to 1")
    both = remedy(folder, "export", "waves", "--trial", "1", "--minimal", "--out", "out")
    assert_refused(both, "--trial and --minimal name two trainings")
    assert not (folder / "out").exists()


def test_data_that_have_changed_are_noticed(folder: Path, tmp_path: Path) -> None:
    data = folder / "waves.csv"
    shutil.copy(data, tmp_path)
    try:
        data.write_text(data.read_text().replace("0,1000", "0,1001"))
        changed = remedy(folder, "export", "waves", "--out", "out")
        data.unlink()
        gone = remedy(folder, "export", "waves", "--out", "out")
    finally:
        shutil.copy(tmp_path / "waves.csv", data)
    assert_refused(changed, "waves.csv has changed since the study was run")
    assert_refused(gone, "waves.csv does not exist")
    assert not (folder / "out").exists()


def test_the_commands_of_the_page_are_true(folder: Path) -> None:
    page = Page.read("export.md")
    typed = [line.removeprefix("$ ") for text in page.texts("console") for line in text.splitlines()]
    commands = [line.replace("sunspots", "waves").split() for line in typed]
    _, minimal, trial, train = commands
    assert trial[:4] == ["remedy", "export", "waves", "--trial"]
    exported = remedy(folder, *minimal[1:])
    assert exported.returncode == 0, exported.stderr
    written = json.loads((folder / "results/waves/verdict.json").read_text())["minimal"]["recipe"]
    assert "the minimal recipe of the study waves" in exported.stdout
    assert written
    assert train == ["python", "waves-script/train.py"]
    shutil.copy(folder / "waves.csv", folder / minimal[-1] / "latest.csv")
    for code, count in zip(page.texts("python"), (5, 1), strict=True):
        done = run(folder / minimal[-1], "-c", code)
        assert done.returncode == 0, done.stderr
        numbers = [float(number) for number in re.findall(r"\d+\.\d+", done.stdout)]
        assert len(numbers) == count
        assert all(500 < number < 1500 for number in numbers)
