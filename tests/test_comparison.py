"""What is kept to show baseline and winner side by side."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from remedy import pipeline
from remedy.comparison import best_training
from remedy.errors import StudyError
from remedy.results.comparison_file import Comparison, read_comparison
from remedy.results.folder import StudyFolder
from tests.search.conftest import make_record


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    """Three classes on features of very different size, with a diagnosis."""
    folder = tmp_path_factory.mktemp("study")
    generator = np.random.default_rng(0)
    features = generator.normal(size=(400, 3))
    labels = np.select([features[:, 0] > 0.5, features[:, 0] < -0.5], ["high", "low"], "middle")
    frame = pd.DataFrame(features * [1, 1e4, 1e4], columns=["a", "b", "c"]).assign(label=labels)
    frame.to_csv(folder / "rows.csv", index=False)
    experiment: dict[str, Any] = {
        "name": "rows",
        "data": {"source": str(folder / "rows.csv"), "target": "label"},
        "model": {"template": "dense", "units": [8]},
        "training": {"optimizer": {"learning_rate": 0.02}, "epochs": 8},
        "fixes": {"scaling": ["standard"]},
        "search": {"trials": 1, "workers": 1},
        "confirm": {"top": 1, "seeds": 2},
        "ablation": False,
    }
    assert pipeline.run(experiment, results=folder).verdict == "unstuck"
    return StudyFolder(folder / "rows")


def _read(study: StudyFolder) -> Comparison:
    comparison = read_comparison(study)
    assert comparison is not None
    return comparison


def test_classes_are_kept_as_probabilities_of_the_test_samples(study: StudyFolder) -> None:
    comparison = _read(study)
    assert comparison.best is not None
    probabilities = np.array(comparison.best.predictions, dtype=float)
    assert probabilities.shape == (comparison.samples, 3)
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-4)
    truth = np.array(comparison.truth)[:, 0]
    assert (probabilities.argmax(axis=1) == truth).mean() > 0.7
    labels = pd.read_csv(study.path.parent / "rows.csv")["label"].to_numpy()[comparison.rows]
    assert sorted(set(zip(truth, labels, strict=True))) == [(0, "high"), (1, "low"), (2, "middle")]


def test_the_first_batches_of_both_can_be_compared_layer_by_layer(study: StudyFolder) -> None:
    best = _read(study).best
    assert best is not None
    assert best.measured is not None
    before = json.loads(study.diagnosis.read_text())["measured"]
    layers = [[layer["name"] for layer in measured["layers"]] for measured in (before, best.measured)]
    assert layers[0] == layers[1]
    assert len(layers[0]) == 2
    assert all(layer["gradient_start"] > 0 for layer in best.measured["layers"])
    assert before["gradient_norm_start"] > 10 * best.measured["gradient_norm_start"]


def test_the_best_training_is_none_that_diverged() -> None:
    diverged, good, better = (make_record(i, skill=skill) for i, skill in enumerate((math.nan, 0.8, 0.9)))
    assert best_training([diverged, good, better]) is better
    assert best_training([diverged]) is None


def test_a_damaged_file_is_named(study: StudyFolder, tmp_path: Path) -> None:
    damaged = StudyFolder(tmp_path)
    damaged.comparison.write_text(study.comparison.read_text()[:100])
    with pytest.raises(StudyError, match=r"comparison.json: cannot be read .* delete it"):
        read_comparison(damaged)
    assert read_comparison(StudyFolder(tmp_path / "nowhere")) is None
