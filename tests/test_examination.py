"""Trainings that are hard to look at end in a finding or a clear message when they are diagnosed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from remedy.cli.diagnose_experiment import print_diagnosis
from remedy.diagnosis import Diagnosis
from remedy.errors import DataError
from remedy.examination import examine, measure
from remedy.preparation import prepare
from remedy.training import Job, JobResult, Outcome, TrainJob
from remedy.workers import WorkerPool
from remedy.workers.run_job import run_job

CODE = """\
import keras
import tensorflow as tf
from keras import layers


class OwnStep(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(8, "relu")
        self.out = layers.Dense(1)

    def call(self, inputs):
        return self.out(self.hidden(inputs))

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((y - self(x, training=True)) ** 2)
        weights = self.trainable_weights
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        return {"loss": loss}


def compiled(model):
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    return model


def own_step():
    return compiled(OwnStep())


def frozen():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(8, "relu"), layers.Dense(1)])
    model.trainable = False
    return compiled(model)


def half_frozen():
    first = layers.Dense(8, "relu", trainable=False)
    return compiled(keras.Sequential([keras.Input((3,)), first, layers.Dense(1)]))


def without_weights():
    inputs = keras.Input((3,))
    return compiled(keras.Model(inputs, keras.ops.sum(inputs, axis=-1, keepdims=True)))


def mixed():
    hidden = layers.Dense(8, "relu", dtype="mixed_float16")
    model = keras.Sequential([keras.Input((3,)), hidden, layers.Dense(1, dtype="float32")])
    model.dtype_policy = "mixed_float16"
    return compiled(model)


def masked():
    return compiled(
        keras.Sequential([keras.Input((6, 3)), layers.Masking(-1.0), layers.LSTM(8), layers.Dense(1)])
    )

"""


class _HereAndNow:
    """Does one job in this process, where a pool would use another."""

    def __init__(self, dataset: Any) -> None:
        self.backend = "tensorflow"
        self.size = 1
        self._dataset = dataset
        self._result: JobResult | None = None

    def later(self, job: Job) -> int:
        self._result = run_job(job, self._dataset, lambda _: True)
        return 0

    def begin_queued(self) -> None:
        pass

    def drop_queued(self) -> None:
        pass

    def result(self, number: int) -> JobResult:
        assert self._result is not None
        return self._result


def rows(count: int = 300) -> tuple[np.ndarray, np.ndarray]:
    X = np.random.default_rng(0).normal(size=(count, 3))
    return X, X @ [1.0, -2.0, 0.5]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with functions that build models; one, since a module is imported once."""
    path = tmp_path_factory.mktemp("models") / "models_to_examine.py"
    path.write_text(CODE)
    return path


def diagnosis_of(
    folder: Path, X: np.ndarray, y: np.ndarray, model: str | None = None, **settings: Any
) -> Diagnosis:
    np.savez(folder / "arrays.npz", X=X, y=y)
    own: dict[str, Any] = {"template": "dense", "units": [8]}
    if model:
        own = {"build": model}
    training = {"epochs": 10, "batch_size": 32} | ({} if model else {"optimizer": {"learning_rate": 0.01}})
    data = {"source": str(folder / "arrays.npz"), "split": {"by": "random"}}
    prepared = prepare({"name": "odd", "data": data, "model": own, "training": training, **settings})
    diagnosis = examine(prepared, _HereAndNow(prepared.dataset))  # type: ignore[arg-type]
    print_diagnosis(Console(quiet=True), diagnosis)
    assert diagnosis.to_plain()["sentence"].endswith(".")
    return diagnosis


@pytest.mark.parametrize("workers", [1, 2])
def test_one_worker_trains_the_baseline_at_once_and_another_measures_beside_it(
    tmp_path: Path, workers: int
) -> None:
    data = {"source": str(tmp_path / "arrays.npz"), "split": {"by": "random"}}
    X, y = rows()
    np.savez(tmp_path / "arrays.npz", X=X, y=y)
    prepared = prepare({"name": "measured", "data": data, "model": {"template": "dense", "units": [8]}})
    with WorkerPool(prepared.dataset, workers) as pool, measure(prepared, pool) as measuring:
        assert pool.has_idle_worker
        training = pool.submit(TrainJob(prepared.baseline, 0, 0.1))
        assert not pool.has_idle_worker
        ended, outcome = pool.wait()
        assert ended == training
        assert isinstance(outcome, Outcome)
        assert measuring.result().steps > 0


@pytest.mark.parametrize("model", ["own_step", "half_frozen", "mixed"])
def test_a_training_that_learns_has_no_error(tmp_path: Path, models: Path, model: str) -> None:
    diagnosis = diagnosis_of(tmp_path, *rows(), f"{models}:{model}")
    assert not diagnosis.is_stuck
    assert [finding.symptom for finding in diagnosis.findings if finding.severity == "error"] == []


def test_padded_sequences_are_diagnosed(tmp_path: Path, models: Path) -> None:
    X = np.random.default_rng(0).normal(size=(300, 6, 3))
    y = X.sum(axis=(1, 2))
    X[::3, 4:] = -1.0
    diagnosis = diagnosis_of(tmp_path, X, y, f"{models}:masked")
    assert not [finding for finding in diagnosis.findings if finding.severity == "error"]


@pytest.mark.parametrize(
    ("model", "cause"),
    [("frozen", "all weights of the model are frozen"), ("without_weights", "the model has no weights")],
)
def test_a_model_that_cannot_change_is_named_as_such(
    tmp_path: Path, models: Path, model: str, cause: str
) -> None:
    diagnosis = diagnosis_of(tmp_path, *rows(), f"{models}:{model}")
    assert diagnosis.sentence == f"The loss is stuck most likely because {cause}."
    assert diagnosis.findings[0].symptom == "nothing_trainable"


def test_a_gap_in_one_row_is_named(tmp_path: Path) -> None:
    X, y = rows()
    X[17, 1] = np.nan
    finding = diagnosis_of(tmp_path, X, y).findings[0]
    assert (finding.symptom, finding.severity) == ("non_finite_data", "error")


def test_one_batch_is_enough_to_look_at(tmp_path: Path) -> None:
    diagnosis = diagnosis_of(tmp_path, *rows(40), training={"epochs": 5, "batch_size": 512})
    assert diagnosis.is_stuck
    assert diagnosis.findings[0].symptom == "undertrained"


@pytest.mark.parametrize(("labels", "task"), [(0, "regression"), (1, "binary"), (2, "multiclass")])
def test_a_target_that_never_varies_is_a_clear_message(tmp_path: Path, labels: int, task: str) -> None:
    X, y = rows()
    with pytest.raises(DataError, match=f"'y' is {labels} in every sample; nothing to learn"):
        diagnosis_of(tmp_path, X, np.full(len(y), labels), task=task)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_second_look_finds_the_rate_that_unscaled_data_hide(seed: int) -> None:
    case = Path(__file__).parents[1] / "experiments" / "gallery" / "raw_and_slow" / "experiment.yaml"
    prepared = prepare(case, [f"search.seed={seed}"])
    with WorkerPool(prepared.dataset, 1) as pool:
        once = examine(prepared, pool, known_stuck=True)
        twice = examine(prepared, pool, known_stuck=True, look_again=True)
    assert once.second_look == {}
    assert not any(
        "learning_rate" in finding.recipe for finding in once.findings if finding.severity == "error"
    )
    assert twice.findings == once.findings
    assert once.treatments[0].keys() == {"scaling", "target_scaling"}
    assert twice.treatments[0].keys() == {"scaling", "target_scaling", "learning_rate"}
    assert 5 * prepared.baseline.optimizer.config["learning_rate"] < twice.treatments[0]["learning_rate"]
    assert twice.treatments[1] == once.treatments[0]


def test_a_second_look_changes_plain_gradient_descent_that_learns_at_no_rate() -> None:
    """The adding problem: gradients of recurrent and output kernel differ too much for one rate."""
    case = Path(__file__).parents[1] / "experiments" / "gallery" / "plateau_sgd" / "experiment.yaml"
    prepared = prepare(case, ["search.seed=0"])
    with WorkerPool(prepared.dataset, 1) as pool:
        found = examine(prepared, pool, known_stuck=True, look_again=True)
    assert found.second_look["optimizer"] == "adam"
    assert 1e-4 < found.second_look["learning_rate"] <= 0.01


def test_a_second_look_changes_nothing_where_the_causes_were_all(tmp_path: Path) -> None:
    case = Path(__file__).parents[1] / "experiments" / "gallery" / "airline_changes" / "experiment.yaml"
    prepared = prepare(case, ["search.seed=0"])
    with WorkerPool(prepared.dataset, 1) as pool:
        assert examine(prepared, pool, known_stuck=True, look_again=True).second_look == {}
