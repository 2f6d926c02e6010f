"""A user's own model and data through the real command line, and what becomes of mistakes in them."""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

MODEL = """\
import keras
from keras import layers

print("the module prints")


def build():
    print("build() prints")
    series, facts = keras.Input((6, 2), name="series"), keras.Input((3,), name="facts")
    joined = layers.Concatenate()([layers.LSTM(4)(series), layers.Dense(3, activation="relu")(facts)])
    model = keras.Model({"series": series, "facts": facts}, layers.Dense(1)(joined))
    model.compile(keras.optimizers.Adam(1e-6), "mse")
    return model


class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.flatten, self.out = layers.Flatten(), layers.Dense(1)

    def call(self, inputs):
        return self.out(self.flatten(inputs["series"]))


def subclassed():
    model = Own()
    model.compile("adam", "mse")
    return model


def broken():
    units = [3]
    return layers.Dense(units[1])
"""

EXPERIMENT = """\
data: {source: arrays.npz, features: [series, facts], target: y}
model: {build: "model.py:build"}
training: {epochs: 3, batch_size: 8}
fixes:
  scaling: {value: standard, required: true}
  target_scaling: {value: standard, required: true}
  learning_rate: {choices: [0.01, 0.02], required: true}
  batch_normalization: true
diagnosis: false
search: {trials: 2, workers: 1}
confirm: {top: 1, seeds: 2}
ablation: false
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


def write_files(folder: Path) -> None:
    generator = np.random.default_rng(0)
    series, facts = generator.normal(50, 20, (80, 6, 2)), generator.normal(size=(80, 3))
    y = 1000 + 3 * series[:, -1, 0] + 40 * facts[:, 0]
    np.savez(folder / "arrays.npz", series=series, facts=facts, y=y)
    (folder / "model.py").write_text(MODEL)
    (folder / "own.yaml").write_text(EXPERIMENT)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Finished]:
    """The folder of a run that has ended, and how it did."""
    folder = tmp_path_factory.mktemp("own")
    write_files(folder)
    return folder, remedy(folder, "run", "own.yaml", "--json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_files(tmp_path)
    return tmp_path


def assert_refused(run: Finished, folder: Path, message: str) -> None:
    """Exit status 2, one line on stderr that begins with the message, nothing else said or written."""
    assert (run.returncode, run.stdout) == (2, "")
    (line,) = run.stderr.splitlines()
    assert message in line
    assert not (folder / "results").exists()


def test_a_model_of_several_inputs_runs_to_its_verdict(finished: tuple[Path, Finished]) -> None:
    folder, run = finished
    assert run.returncode == 0, run.stderr
    verdict = json.loads(run.stdout)  # what the user's code prints is not in between
    assert verdict == json.loads((folder / "results" / "own" / "verdict.json").read_text())
    assert verdict["best"]["skill"] > verdict["baseline"]["skill"]
    shown = json.loads(remedy(folder, "show", "own", "0", "--json").stdout)
    paths = {change["path"] for change in shown["changes"]}
    assert {"preprocessing.scaling", "preprocessing.target_scaling", "optimizer.learning_rate"} <= paths


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [("LSTM(4)", "LSTM(5)", "model"), ("Adam(1e-6)", "Adam(1e-5)", "model"), ("", "", "arrays.npz")],
)
def test_what_has_changed_since_the_last_run_is_named(
    finished: tuple[Path, Finished], tmp_path: Path, old: str, new: str, changed: str
) -> None:
    # Studies name files by absolute paths, so the folder itself is what is changed and put back.
    folder = finished[0]
    model, arrays = folder / "model.py", folder / "arrays.npz"
    shutil.copy(arrays, tmp_path)
    journal = (folder / "results" / "own" / "study.journal").read_text()
    try:
        model.write_text(MODEL.replace(old, new))
        if not old:
            with np.load(arrays) as loaded:
                np.savez(arrays, **(dict(loaded) | {"y": loaded["y"] + 1}))
        run = remedy(folder, "run", "own.yaml")
    finally:
        model.write_text(MODEL)
        shutil.copy(tmp_path / "arrays.npz", arrays)
    assert run.returncode == 2
    (line,) = run.stderr.splitlines()
    assert f"holds results of another experiment (changed: the content of {folder}/{changed}" in line
    assert (folder / "results" / "own" / "study.journal").read_text() == journal


def test_check_says_which_fixes_a_class_of_ones_own_rules_out(folder: Path) -> None:
    settings = ["--set", "model.build=model.py:subclassed", "--set", "fixes.depth=true"]
    run = remedy(folder, "check", "own.yaml", *settings)
    assert run.returncode == 0, run.stderr
    said = " ".join(run.stdout.split())
    reason = "the model's layers cannot be changed: the model is of a class of its own, Own"
    assert f"not tried: batch_normalization ({reason})" in said
    assert f"not tried: depth ({reason})" in said
    assert "not tried: scaling" not in said
    assert "prints" not in run.stdout


def test_a_function_that_fails_is_named_with_its_line(folder: Path) -> None:
    line = MODEL[: MODEL.index("units[1]")].count("\n") + 1
    for command in ("run", "check"):
        run = remedy(folder, command, "own.yaml", "--set", "model.build=model.py:broken")
        message = f"{folder}/model.py:{line}: broken() raised IndexError: list index out of range"
        assert_refused(run, folder, message)


class Explosive:
    """Leaves a trace when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return Path.touch, (self.trace,)


def truncated(folder: Path) -> str:
    file = folder / "arrays.npz"
    file.write_bytes(file.read_bytes()[:3000])
    return "arrays.npz"


def pickled(folder: Path) -> str:
    (folder / "X.npy").write_bytes(pickle.dumps(Explosive(folder / "ran")))
    np.save(folder / "y.npy", np.arange(80.0))
    return "X.npy"


def objects(folder: Path) -> str:
    rows = np.array([Explosive(folder / "ran")] * 80, dtype=object)
    np.savez(folder / "arrays.npz", series=rows, facts=np.ones((80, 3)), y=np.arange(80.0))
    return "arrays.npz"


def wrong_length(folder: Path) -> str:
    series, facts = np.ones((80, 6, 2)), np.ones((79, 3))
    np.savez(folder / "arrays.npz", series=series, facts=facts, y=np.arange(80.0))
    return "arrays.npz"


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (truncated, "arrays.npz is damaged or no NumPy file (File is not a zip file)"),
        (pickled, "X.npy is damaged or no NumPy file (the magic string is not correct"),
        (objects, "arrays.npz holds pickled Python objects, which are never loaded"),
        (wrong_length, "input 'facts' of arrays.npz has 79 samples, but y has 80;"),
    ],
)
def test_bad_arrays_are_refused_in_one_line_and_never_unpickled(
    folder: Path, spoil: Any, message: str
) -> None:
    source = spoil(folder)
    sections = ["--set", f"data.source={source}"]
    if source == "X.npy":
        sections += ["--set", "data.features=null", "--set", "data.target=y.npy"]
    run = remedy(folder, "run", "own.yaml", *sections)
    assert_refused(run, folder, message)
    assert not (folder / "ran").exists()


def test_a_model_of_another_keras_is_refused_in_one_line(folder: Path) -> None:
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]).save(folder / "now.keras")
    with zipfile.ZipFile(folder / "now.keras") as now, zipfile.ZipFile(folder / "m.keras", "w") as old:
        for name in now.namelist():
            metadata = b'{"keras_version": "2.15.0"}'
            old.writestr(name, metadata if name == "metadata.json" else now.read(name))
    run = remedy(folder, "run", "own.yaml", "--set", "model={file: m.keras}")
    assert_refused(run, folder, f"m.keras was saved by Keras 2.15.0, and this is Keras {keras.__version__}")
