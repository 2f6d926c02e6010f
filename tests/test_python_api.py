"""`remedy.unstick` on models and arrays that are at hand."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import yaml
from keras import layers

import remedy
from remedy.cli import main
from remedy.errors import ConfigError, DataError, StudyError, UserCodeError
from remedy.python_api.unstick_model import _model_digest
from remedy.results.verdict import Verdict

BUDGET: dict[str, Any] = {
    "trials": 2,
    "epochs": 2,
    "batch_size": 4,
    "fixes": {
        "scaling": {"value": "standard", "required": True},
        "target_scaling": {"value": "standard", "required": True},
        "learning_rate": {"choices": [0.02, 0.05], "required": True},
    },
    "quiet": True,
    "search": {"workers": 1},
    "confirm": {"top": 1, "seeds": 2},
    "diagnosis": False,
    "ablation": False,
}
GENERATOR = np.random.default_rng(0)
ROWS = GENERATOR.normal(size=(60, 4))
TARGET = 100 + 30 * ROWS[:, 0] - 20 * ROWS[:, 1]


def chain(units: int = 3) -> keras.Model:
    model = keras.Sequential([keras.Input((4,)), layers.Dense(units, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e-6, momentum=0.5), "mae")
    return model


def two_inputs() -> keras.Model:
    series, facts = keras.Input((5, 2), name="series"), keras.Input((4,), name="facts")
    joined = layers.Concatenate()([layers.Flatten()(series), layers.Dense(2, activation="relu")(facts)])
    model = keras.Model({"series": series, "facts": facts}, layers.Dense(1)(joined))
    model.compile("adam", "mse")
    return model


def files(study: Path) -> dict[str, bytes]:
    return {str(path.relative_to(study)): path.read_bytes() for path in study.rglob("*") if path.is_file()}


def trainings(study: Path) -> int:
    return (study / "study.journal").read_text().count('"seconds"')


def baseline_of(study: Path) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads((study / "baseline.json").read_text())
    return plan


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, keras.Model, Verdict]:
    """The results folder of a call that has ended, its model, and the verdict."""
    results, model = tmp_path_factory.mktemp("unstuck") / "results", chain()
    weights = model.get_weights()
    verdict = remedy.unstick(model, ROWS, TARGET, name="mine", results=results, **BUDGET)
    for before, after in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    return results, model, verdict


def test_a_chain_gets_a_verdict_on_its_own_training(finished: tuple[Path, keras.Model, Verdict]) -> None:
    results, _, verdict = finished
    assert verdict.best is not None
    assert verdict.best.skill > verdict.baseline.skill + 1
    assert set(verdict.best.recipe) == set(BUDGET["fixes"])
    written = yaml.safe_load((results / "mine" / "experiment.yaml").read_text())
    assert written["task"] == "regression"
    assert trainings(results / "mine") == 3 + 2 + 2
    plan = baseline_of(results / "mine")
    assert plan["optimizer"] == {
        "class_name": "SGD",
        "config": {"learning_rate": pytest.approx(1e-6), "momentum": 0.5},
    }
    assert plan["loss"] == "mae"
    assert [layer["class_name"] for layer in plan["model"]["layers"]] == ["InputLayer", "Dense", "Dense"]


def test_the_same_call_again_trains_nothing(finished: tuple[Path, keras.Model, Verdict]) -> None:
    results, _, verdict = finished
    before = trainings(results / "mine")
    # A model that a script has built anew: other weights to begin with, and other automatic names.
    again = remedy.unstick(chain(), ROWS, TARGET, name="mine", results=results, **BUDGET)
    assert again == verdict
    assert trainings(results / "mine") == before


def shared_softmax() -> keras.Model:
    """Its layers' automatic names are also names of activations."""
    left, right = keras.Input((4,)), keras.Input((4,))
    shared = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax"), layers.Softmax()])
    model = keras.Model([left, right], layers.Dense(1)(layers.Subtract()([shared(left), shared(right)])))
    model.compile("adam", keras.losses.Huber(), metrics=[keras.metrics.MeanSquaredError()])
    return model


@pytest.mark.parametrize("build", [chain, two_inputs, shared_softmax])
def test_a_model_built_anew_is_the_same_model(build: Any) -> None:
    first = _model_digest(build(), keeps_weights=False)
    assert _model_digest(build(), keeps_weights=False) == first
    assert _model_digest(build(), keeps_weights=True) != first


def test_what_differs_makes_another_model() -> None:
    models = [chain(), chain(4), two_inputs(), shared_softmax()]
    for loss, optimizer in (("mse", "sgd"), ("mae", "sgd"), ("mse", keras.optimizers.SGD(0.02))):
        models.append(chain())
        models[-1].compile(optimizer, loss)
    models.append(keras.Sequential([keras.Input((4,)), layers.Dense(3, dtype="float64"), layers.Dense(1)]))
    models.append(keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Dense(1)]))
    assert len({_model_digest(model, keeps_weights=False) for model in models}) == len(models)


def test_another_model_of_the_same_name_is_refused_and_harms_nothing(
    finished: tuple[Path, keras.Model, Verdict],
) -> None:
    results, model, verdict = finished
    before = files(results / "mine")
    with pytest.raises(StudyError, match=r"holds results of another experiment \(changed: .*model"):
        remedy.unstick(chain(5), ROWS, TARGET, name="mine", results=results, **BUDGET)
    with pytest.raises(StudyError, match=r"holds results of another experiment \(changed: .*data"):
        remedy.unstick(model, ROWS, TARGET + 1, name="mine", results=results, **BUDGET)
    assert files(results / "mine") == before
    assert remedy.unstick(model, ROWS, TARGET, name="mine", results=results, **BUDGET) == verdict


def test_the_command_line_goes_on_with_it(
    finished: tuple[Path, keras.Model, Verdict], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "results"
    shutil.copytree(finished[0], results)
    before = trainings(results / "mine")
    file = finished[0] / "mine" / "experiment.yaml"
    for arguments in (["run", str(file), "--quiet"], ["results", "mine", "--format", "csv"]):
        with pytest.raises(SystemExit) as exit_status:
            main([*arguments, "--results", str(results)])
        assert exit_status.value.code == 0
    assert trainings(results / "mine") == before
    assert capsys.readouterr().out.endswith((results / "mine" / "trials.csv").read_text())


def test_several_inputs_come_by_name(tmp_path: Path) -> None:
    X = {"facts": ROWS, "series": GENERATOR.normal(size=(60, 5, 2)).astype("float32")}
    verdict = remedy.unstick(
        two_inputs(),
        X,
        TARGET.tolist(),
        results=tmp_path,
        **BUDGET | {"trials": 1, "epochs": 10},
    )
    assert verdict.best is not None
    (study,) = tmp_path.iterdir()
    assert study.name.startswith("unstick-")
    assert baseline_of(study)["data"]["input_shapes"] == {"facts": [4], "series": [5, 2]}


class Unsavable(keras.Model):  # type: ignore[misc]
    """A class that takes an argument and does not say which."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.dense = layers.Dense(units)

    def call(self, inputs: Any) -> Any:
        return self.dense(inputs)


def with_lambda() -> keras.Model:
    model = keras.Sequential([keras.Input((4,)), layers.Lambda(lambda x: x * 2), layers.Dense(1)])
    model.compile("adam", "mse")
    return model


def subclassed() -> keras.Model:
    model = Unsavable(1)
    model(ROWS[:1])
    return model


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("model.keras", "no keras.Model but of the type str"),
        (chain, "no keras.Model but of the type function"),
        (
            lambda: keras.Sequential([layers.Dense(1)]),
            "the model is not built yet; begin it with keras.Input",
        ),
        (subclassed, "Keras cannot save the model .*model.build"),
        (with_lambda, "the model holds a Lambda layer, .*model.build"),
    ],
)
def test_a_model_that_cannot_be_used_is_answered_in_one_line(
    tmp_path: Path, model: Any, message: str
) -> None:
    given = model() if callable(model) and model is not chain else model
    with pytest.raises((ConfigError, UserCodeError), match=message) as error:
        remedy.unstick(given, ROWS, TARGET, results=tmp_path, **BUDGET)
    assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.array([[1, None]] * 60, dtype=object), TARGET, "X holds Python objects rather than numbers"),
        (ROWS, np.array([{}] * 60), "y holds Python objects rather than numbers"),
        ([[1.0], [1.0, 2.0]] * 30, TARGET, "X is no array of one shape"),
        ({"y": ROWS}, TARGET, "an input cannot be called 'y'"),
        (ROWS, TARGET[:-1], "has 60 samples, but y has 59"),
        (np.full((60, 4), np.inf), TARGET, "infinite"),
        (ROWS[:, :3], TARGET, r"takes samples of shape \(4\), those of the data have shape \(3\)"),
    ],
)
def test_arrays_that_cannot_be_used_are_answered_in_one_line(
    tmp_path: Path, X: Any, y: Any, message: str
) -> None:
    with pytest.raises((DataError, ConfigError), match=message) as error:
        remedy.unstick(chain(), X, y, results=tmp_path, **BUDGET)
    assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())
