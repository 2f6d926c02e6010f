"""`remedy diagnose` as a user runs it, and a diagnosis that leads the search, with real trainings."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import remedy
from tests.e2e.test_command_line import remedy as run_remedy

EXPERIMENT = """\
data:
  source: sine.csv
  target: value
  window: {length: 8}
model: {template: dense, units: 16}
training: {epochs: 12, batch_size: 16}
fixes:
  scaling: [minmax]
  target_scaling: [minmax, standard]
  clipnorm: true
search: {trials: 2, workers: 1}
confirm: {top: 1, seeds: 2}
ablation: false
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stuck")
    rows = [f"{5000 + 300 * math.sin(step / 4):.2f}" for step in range(200)]
    (folder / "sine.csv").write_text("value\n" + "\n".join(rows) + "\n")
    (folder / "stuck.yaml").write_text(EXPERIMENT)
    return folder


def test_the_cause_comes_first_with_its_numbers_and_nothing_is_written(folder: Path) -> None:
    run = run_remedy(folder, "diagnose", "stuck.yaml")
    assert (run.returncode, run.stderr) == (0, "")
    first, *_ = run.stdout.splitlines()
    assert first.startswith("The loss is stuck most likely because y was never scaled")
    assert "1. unscaled_target (error)" in run.stdout
    assert "2. unscaled_features (error)" in run.stdout
    assert "(threshold 10)" in run.stdout
    assert run.stdout.endswith("next:    remedy run stuck.yaml\n")
    assert "\x1b" not in run.stdout
    assert {path.name for path in folder.iterdir()} == {"sine.csv", "stuck.yaml"}


def test_json_stands_alone(folder: Path) -> None:
    run = run_remedy(folder, "diagnose", "stuck.yaml", "--json")
    diagnosis = json.loads(run.stdout)
    assert diagnosis["is_stuck"]
    first = diagnosis["symptoms"][0]
    assert first["name"] == "unscaled_target"
    mean = first["evidence"]["magnitude of the mean"]
    assert mean["value"] > mean["threshold"]
    assert first["fixes"] == ["target_scaling"]


def test_a_mistake_in_the_experiment_is_one_line(folder: Path) -> None:
    run = run_remedy(folder, "diagnose", "none.yaml")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "error: none.yaml: no such file; remedy init writes one for a data file\n"


def test_what_was_found_is_tried_first_and_kept_in_the_study(folder: Path) -> None:
    run = run_remedy(folder, "run", "stuck.yaml")
    assert run.returncode == 0, run.stderr
    study = folder / "results" / "stuck"
    diagnosis = json.loads((study / "diagnosis.json").read_text())
    assert f"diagnosis: {diagnosis['sentence']}\n" in run.stdout + run.stderr
    assert diagnosis["treatments"][0].keys() >= {"scaling", "target_scaling"}
    trials = pd.read_csv(study / "trials.csv").set_index("trial")
    assert trials.loc[0, "scaling"] == "minmax"  # the only one that the experiment allows
    assert trials.loc[0, "target_scaling"] == diagnosis["treatments"][0]["target_scaling"]
    (study / "diagnosis.json").write_text("{}")
    again = run_remedy(folder, "run", "stuck.yaml")
    assert again.returncode == 2
    assert again.stderr.startswith(f"error: {study.relative_to(folder)}/diagnosis.json: cannot be read")


OWN_FIT = """\
import keras


class Scaled(keras.Sequential):
    def fit(self, *args, **kwargs):
        self.factor = 1e-6
        return super().fit(*args, **kwargs)

    def compute_loss(self, *args, **kwargs):
        return self.factor * super().compute_loss(*args, **kwargs)


def build():
    model = Scaled([keras.layers.Flatten(), keras.layers.Dense(4), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    return model
"""


def test_a_training_that_cannot_be_measured_is_searched_without_a_diagnosis(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "sine.csv").write_bytes((folder / "sine.csv").read_bytes())
    (tmp_path / "model.py").write_text(OWN_FIT)
    model, own = "model: {template: dense, units: 16}", "model: {build: model.py:build}"
    (tmp_path / "own.yaml").write_text(EXPERIMENT.replace(model, own).replace("epochs: 12", "epochs: 2"))
    asked = run_remedy(tmp_path, "diagnose", "own.yaml")
    assert (asked.returncode, asked.stdout) == (2, "")
    reason = r"the first batches cannot be measured: .*model\.py:\d+: .*factor"
    assert re.search(f"^error: {reason}", asked.stderr), asked.stderr
    run = run_remedy(tmp_path, "run", "own.yaml")
    assert run.returncode == 0, run.stderr
    assert re.search(f"diagnosis: none, the search goes on without: {reason}", run.stdout + run.stderr)
    study = tmp_path / "results" / "own"
    assert len(pd.read_csv(study / "trials.csv")) == 2
    assert not (study / "diagnosis.json").exists()


def test_a_compiled_model_and_arrays_are_diagnosed_in_python(capsys: pytest.CaptureFixture[str]) -> None:
    import keras

    generator = np.random.default_rng(0)
    X = generator.normal(size=(400, 4))
    y = (X[:, 0] > 0).astype(int)
    inputs = keras.Input((4,))
    hidden = keras.layers.Dense(8, activation="relu")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(1, activation="softmax")(hidden))
    model.compile(optimizer="adam", loss="binary_crossentropy")
    before = [weights.copy() for weights in model.get_weights()]
    findings = remedy.diagnose(model, X, y)
    assert findings[0].symptom == "output_cannot_reach_target"
    assert findings[0].recipe == {"output_head": True}
    assert "1. output_cannot_reach_target (error)" in capsys.readouterr().out
    assert all(np.array_equal(*pair) for pair in zip(before, model.get_weights(), strict=True))
