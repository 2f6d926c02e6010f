"""What is said of the user's model before anything is trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from remedy.errors import ConfigError
from remedy.fixes import Choice, Fixed
from remedy.preparation import Prepared, prepare

MODEL = """
import keras
import numpy as np

def rows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 3))
    return X, X.argmax(axis=1)

def steps():
    X = np.random.default_rng(0).normal(size=(90, 6, 2))
    return X, X.sum(axis=2).cumsum(axis=1)

def finished(*layers, shape=(3,), loss=None):
    model = keras.Sequential([keras.Input(shape), *layers])
    model.compile("adam", loss)
    return model

def classes(output_shape):
    return finished(keras.layers.Dense(output_shape[0], "softmax"), loss="sparse_categorical_crossentropy")

def spare_units():
    return finished(keras.layers.Dense(7, "softmax"), loss="sparse_categorical_crossentropy")

def forecast():
    return finished(keras.layers.LSTM(4), keras.layers.Dense(6), shape=(6, 2), loss="mse")

def every_step():
    return finished(
        keras.layers.LSTM(4, return_sequences=True), keras.layers.Dense(1), shape=(6, 2), loss="mse"
    )

def convolutions():
    return finished(
        keras.layers.Conv1D(4, 3, kernel_initializer="ones"), keras.layers.GlobalAveragePooling1D(),
        keras.layers.Dense(6), shape=(6, 2), loss="mse",
    )
"""

FIXES = """
from remedy.fixes import Fix, Fixed, Stage

class Width(Fix):
    name, stage, value_type, space = "width_of_preparation", Stage.MODEL, int, Fixed(8)
    changes = helps_when = source = "The filters of the first layer."

    def apply(self, plan, value):
        first, *others = plan.model.layers[1:]
        first = first.model_copy(update={"config": first.config | {"filters": value}})
        return plan.with_layers((plan.model.layers[0], first, *others))
"""
WIDTH = "preparation_fixes.py:Width"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("preparation")
    (folder / "own_preparation.py").write_text(MODEL)
    (folder / "preparation_fixes.py").write_text(FIXES)
    return folder


@pytest.fixture
def prepared(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(folder)

    def call(model: str, data: str, **sections: Any) -> Prepared:
        return prepare(
            {
                "name": "own",
                "data": {"source": f"own_preparation.py:{data}"},
                "model": {"build": f"own_preparation.py:{model}"},
            }
            | sections
        )

    return call


def test_a_function_that_asks_for_the_output_shape_gets_a_unit_per_class(prepared: Any) -> None:
    found = prepared("classes", "rows")
    assert found.dataset.task == "multiclass"
    assert found.baseline.model.layers[-1].config["units"] == 3
    assert "Task multiclass, since the model is compiled with" in found.dataset.notes[0]


def test_a_model_may_know_more_classes_than_there_are(prepared: Any) -> None:
    assert prepared("spare_units", "rows").baseline.model.layers[-1].config["units"] == 7


def test_the_model_decides_whether_columns_are_steps_or_outputs(prepared: Any) -> None:
    forecast, every_step = prepared("forecast", "steps"), prepared("every_step", "steps")
    assert forecast.dataset.output_shape == (6,)
    assert every_step.dataset.output_shape == (6, 1)
    assert every_step.baseline.data.target_steps == 6


def test_a_value_that_keras_refuses_leaves_the_space_and_the_others_stay(prepared: Any) -> None:
    found = prepared("convolutions", "steps", fixes={WIDTH: [2, -1, 8]})
    assert found.space.fixes["width_of_preparation"].space == Choice((Fixed(2), Fixed(8)))


def test_a_required_fix_that_keras_refuses_is_an_error(prepared: Any) -> None:
    fixes = {WIDTH: {"value": -1, "required": True}, "scaling": True}
    with pytest.raises(ConfigError, match=r"width_of_preparation is required, but Keras cannot build"):
        prepared("convolutions", "steps", fixes=fixes)


def test_a_fix_that_keras_refuses_altogether_is_ruled_out_with_the_reason(prepared: Any) -> None:
    found = prepared("convolutions", "steps", fixes={WIDTH: -1, "scaling": True})
    assert list(found.space.fixes) == ["scaling"]
    assert "Keras cannot build the model with it" in found.space.ruled_out["width_of_preparation"]


def test_splits_that_say_little_are_named(prepared: Any) -> None:
    few = [note for note in prepared("classes", "rows").dataset.notes if "rough figure" in note]
    assert few == [
        "The validation split has only 18 samples, so skill on it is a rough figure; "
        "data.split.validation sets its share.",
        "The test split has only 9 samples, so skill on it is a rough figure; "
        "data.split.test sets its share.",
    ]
