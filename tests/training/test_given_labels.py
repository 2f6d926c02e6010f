"""Labels that are not whole numbers reach the loss as they are, until the fix numbers them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from remedy.errors import StudyError
from remedy.export import export_training
from remedy.fixes import apply_recipe
from remedy.pipeline import run
from remedy.plan import diff, graph_key
from remedy.preparation import Prepared, prepare
from remedy.results.study import load
from remedy.training import Status
from remedy.training.trial import train

RNG = np.random.default_rng(5)
SAMPLES, CLASSES, SEED = 240, 3, 7
X = RNG.normal(size=(SAMPLES, 4))
Y = X[:, :CLASSES].argmax(axis=1)
LOSSES: dict[str, tuple[str, Any, Callable[[Any], Any]]] = {
    "sparse_categorical_crossentropy": ("multiclass", Y / 255, lambda y: y),
    "categorical_crossentropy": ("multiclass", Y / 255, lambda y: keras.utils.to_categorical(y, CLASSES)),
    "binary_crossentropy": ("binary", (X[:, 0] > 0) / 255, lambda y: y),
}


def sections(folder: Path, task: str, y: Any, loss: str) -> dict[str, Any]:
    np.savez(folder / "divided.npz", X=X, y=y)
    return {
        "name": "divided",
        "task": task,
        "data": {"source": str(folder / "divided.npz"), "split": {"by": "time"}},
        "model": {"template": "dense", "units": [8], "activation": "tanh"},
        "training": {"loss": loss, "epochs": 4, "optimizer": {"name": "adam", "learning_rate": 0.02}},
        "fixes": {"label_encoding": True},
    }


def divided(folder: Path, loss: str) -> Prepared:
    task, y, _ = LOSSES[loss]
    return prepare(sections(folder, task, y, loss), tell=lambda _: None)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_baseline_is_the_training_that_keras_does_with_such_labels(tmp_path: Path, loss: str) -> None:
    prepared = divided(tmp_path, loss)
    curve = train(prepared.baseline, prepared.dataset, SEED).outcome.curve
    task, y, coded = LOSSES[loss]
    keras.utils.set_random_seed(SEED)
    units, last = (CLASSES, "softmax") if task == "multiclass" else (1, "sigmoid")
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(units, last)]
    )
    model.compile(keras.optimizers.Adam(0.02), loss)
    count = len(prepared.dataset.train)
    history = model.fit(X[:count], coded(y[:count]), batch_size=32, epochs=4, verbose=0).history
    np.testing.assert_allclose([record.loss for record in curve], history["loss"], rtol=1e-4)


@pytest.mark.parametrize("loss", LOSSES)
def test_skill_knows_the_classes_and_the_fix_lets_the_loss_know_them(tmp_path: Path, loss: str) -> None:
    prepared = divided(tmp_path, loss)
    stuck = train(prepared.baseline.replace(epochs=30), prepared.dataset, SEED).outcome
    assert stuck.skill < 0
    cured = apply_recipe(prepared.baseline, {"label_encoding": True})
    assert [change.path for change in diff(prepared.baseline, cured)] == ["preprocessing.labels"]
    assert graph_key(cured) != graph_key(prepared.baseline)
    outcome = train(cured.replace(epochs=30), prepared.dataset, SEED).outcome
    assert outcome.status is Status.LEARNING
    assert outcome.skill > 0.5


def test_whole_labels_are_numbered_as_ever(tmp_path: Path) -> None:
    own = sections(tmp_path, "multiclass", Y + 5.0, "sparse_categorical_crossentropy")
    prepared = prepare(own | {"fixes": {"label_encoding": True, "clipnorm": True}}, tell=lambda _: None)
    assert prepared.baseline.preprocessing.labels == "indices"
    assert "numbered already" in prepared.space.ruled_out["label_encoding"]


def test_a_run_cures_it_and_exports_the_cure_only(tmp_path: Path) -> None:
    task, y, _ = LOSSES["sparse_categorical_crossentropy"]
    own = sections(tmp_path, task, y, "sparse_categorical_crossentropy") | {
        "diagnosis": False,
        "search": {"trials": 4, "workers": 1},
        "confirm": {"top": 1, "seeds": 3},
        "fixes": {"label_encoding": True, "clipnorm": 1.0},
    }
    own["training"]["epochs"] = 30
    verdict = run(own, results=tmp_path / "results")
    assert verdict.verdict == "unstuck"
    assert verdict.minimal is not None
    assert verdict.minimal.recipe == {"label_encoding": True}
    study = load(tmp_path / "results" / "divided")
    assert (study.path / "best" / "train.py").exists()
    without = next(record.number for record in study.records() if "label_encoding" not in record.recipe)
    with pytest.raises(StudyError, match="labels that are not whole numbers"):
        export_training(study, tmp_path / "out", trial=without, tell=lambda _: None)
