"""What TensorBoard and MLflow read of a study, each training once."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import remedy
from remedy.config import Tracking
from remedy.errors import ConfigError
from remedy.tracking import FinishedTraining, Tracker, open_tracker
from remedy.training import Status
from tests.search.conftest import make_record

pytest.importorskip("tensorboardX")
mlflow = pytest.importorskip("mlflow")

pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning")
"""What MLflow asks of SQLAlchemy."""

CURVE = pd.DataFrame(
    {
        "trial": 7,
        "epoch": [1, 2],
        "loss": [3.0, 2.0],
        "val_loss": [3.5, math.nan],
        "skill": [-0.5, 0.5],
        "val_skill": [-0.25, 0.25],
        "learning_rate": 0.01,
        "gradient_norm": [5.0, math.inf],
    }
)


def training(number: int = 7, **changes: Any) -> FinishedTraining:
    recipe = {"scaling": "minmax", "reduce_lr_on_plateau": {"patience": 5}, "batch_normalization": True}
    record = make_record(number, recipe=recipe, skill=0.25, seed=3, **changes)
    return FinishedTraining("search", record, CURVE)


def runs(uri: str, study: str) -> list[Any]:
    client = mlflow.MlflowClient(uri)
    experiment = client.get_experiment_by_name(study)
    return list(client.search_runs([experiment.experiment_id]))


def events(folder: Path) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    read = EventAccumulator(str(folder))
    read.Reload()
    return read


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One for all tests, as MLflow needs seconds to make it; each test has a study of its own."""
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"


@pytest.fixture
def logs(tmp_path: Path, database: str) -> Tracking:
    return Tracking(tensorboard=tmp_path / "runs", mlflow=database)


@pytest.fixture
def study(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)


def test_tensorboard_reads_curve_and_recipe(logs: Tracking, tmp_path: Path, study: str) -> None:
    from tensorboard.plugins.hparams.metadata import parse_session_start_info_plugin_data

    open_tracker(Tracking(tensorboard=logs.tensorboard), study, pytest.fail).add([training()])
    read = events(tmp_path / "runs" / study / "search-7")
    assert [(e.step, e.value) for e in read.Scalars("loss/training")] == [(1, 3.0), (2, 2.0)]
    assert [(e.step, e.value) for e in read.Scalars("loss/validation")] == [(1, 3.5)], "NaN is left out"
    assert [e.value for e in read.Scalars("skill/validation")] == [-0.25, 0.25]
    assert len(read.Scalars("gradient_norm")) == 1
    content = read.PluginTagToContent("hparams")["_hparams_/session_start_info"]
    recipe = parse_session_start_info_plugin_data(content).hparams
    assert recipe["scaling"].string_value == "minmax"
    assert recipe["reduce_lr_on_plateau.patience"].number_value == 5
    assert recipe["batch_normalization"].bool_value is True


def test_mlflow_reads_curve_recipe_and_status(logs: Tracking, study: str) -> None:
    failed = training(8, status=Status.FAILED)
    tracker = open_tracker(Tracking(mlflow=logs.mlflow), study, pytest.fail)
    tracker.add([training(), FinishedTraining("search", failed.record, CURVE.iloc[:0])])
    [last, first] = runs(str(logs.mlflow), study)
    assert (first.info.run_name, first.info.status) == ("search 7", "FINISHED")
    assert (last.info.run_name, last.info.status, last.data.metrics) == ("search 8", "FAILED", {})
    assert first.data.params == {
        "scaling": "minmax",
        "reduce_lr_on_plateau.patience": "5",
        "batch_normalization": "True",
    }
    assert first.data.tags["remedy.status"] == "learning"
    assert first.data.metrics["val_skill"] == 0.25
    client = mlflow.MlflowClient(logs.mlflow)
    history = client.get_metric_history(first.info.run_id, "loss")
    assert [(point.step, point.value) for point in history] == [(1, 3.0), (2, 2.0)]


def test_what_is_there_is_not_logged_again(logs: Tracking, tmp_path: Path, study: str) -> None:
    for _ in range(2):
        tracker = open_tracker(logs, study, pytest.fail)
        tracker.add([training()])
        tracker.add([training()])
    assert len(runs(str(logs.mlflow), study)) == 1
    assert len(list((tmp_path / "runs" / study / "search-7").iterdir())) == 1


def test_what_was_being_written_when_a_run_was_killed_is_written_anew(
    logs: Tracking, tmp_path: Path, study: str
) -> None:
    open_tracker(logs, study, pytest.fail).add([training()])
    [run] = runs(str(logs.mlflow), study)
    mlflow.MlflowClient(logs.mlflow).set_terminated(run.info.run_id, "RUNNING")
    [written] = (tmp_path / "runs" / study / "search-7").iterdir()
    written.rename(written.with_suffix(".writing"))
    open_tracker(logs, study, pytest.fail).add([training()])
    [again] = runs(str(logs.mlflow), study)
    assert again.info.run_id != run.info.run_id
    assert again.info.status == "FINISHED"
    [whole] = (tmp_path / "runs" / study / "search-7").iterdir()
    assert whole.suffix != ".writing"


def test_a_log_that_fails_is_told_of_once_and_the_others_go_on(
    logs: Tracking, tmp_path: Path, study: str
) -> None:
    told: list[str] = []
    tracker = open_tracker(logs, study, told.append)
    (tmp_path / "runs" / study).rmdir()
    (tmp_path / "runs" / study).write_text("in the way")
    tracker.add([training(1), training(2)])
    [said] = told
    assert said.startswith("tracking.tensorboard: ")
    assert said.endswith("the run goes on without, and the next one adds the rest")
    assert len(runs(str(logs.mlflow), study)) == 2


def test_a_place_that_cannot_be_used_is_told_before_anything_is_trained(tmp_path: Path, study: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"^tracking\.tensorboard: the folder cannot be used: .*file"):
        open_tracker(Tracking(tensorboard=tmp_path / "file"), study, pytest.fail)
    for address in ("http://127.0.0.1:1", "sqlite:////proc/no/mlflow.db", "unheard://of"):
        with pytest.raises(ConfigError, match=r"^tracking\.mlflow: MLflow cannot be used there: "):
            open_tracker(Tracking(mlflow=address), study, pytest.fail)


@pytest.mark.parametrize(
    ("key", "module", "message"),
    [
        ("tensorboard", "tensorboardX", "tensorboard needs tensorboardX; install it with: pip install 're"),
        ("mlflow", "mlflow", "mlflow needs MLflow; install it with: pip install 'remedy[mlflow]'"),
    ],
)
def test_a_library_that_is_missing_is_named(
    key: str, module: str, message: str, logs: Tracking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == module else True)
    with pytest.raises(ConfigError) as raised:
        open_tracker(
            logs.model_copy(update={"tensorboard" if key == "mlflow" else "mlflow": None}), "s", print
        )
    assert str(raised.value).startswith(f"tracking.{message}")


def test_without_logs_there_is_nothing_to_do(study: str) -> None:
    assert not open_tracker(Tracking(), study, pytest.fail).is_needed
    assert not Tracker([], pytest.fail).is_needed


@pytest.mark.slow
def test_a_study_is_logged_once_through_all_its_runs(logs: Tracking, tmp_path: Path) -> None:
    """The first run knows of MLflow only; the second has one more trial, and TensorBoard as well."""
    rows = np.random.default_rng(0).normal(size=(60, 2))
    table = pd.DataFrame(rows, columns=["a", "b"]).assign(y=100 + 30 * rows[:, 0])
    table.to_csv(tmp_path / "table.csv", index=False)
    experiment: dict[str, Any] = {
        "name": "table",
        "data": {"source": str(tmp_path / "table.csv"), "target": "y"},
        "model": {"template": "dense", "units": [4]},
        "training": {"epochs": 3, "optimizer": {"learning_rate": 1e-6}},
        "fixes": {"target_scaling": ["standard", "minmax"]},
        "search": {"trials": 1, "workers": 1},
        "confirm": {"top": 1, "seeds": 2},
        "diagnosis": False,
        "ablation": False,
        "tracking": {"mlflow": logs.mlflow},
    }
    remedy.run(experiment, results=tmp_path)
    experiment["search"]["trials"] = 2
    experiment["tracking"] = logs.model_dump()
    remedy.run(experiment, results=tmp_path)

    study = remedy.load(tmp_path / "table")
    phases = ("search", "baseline", "confirmation", "ablation")
    trained = {f"{phase} {record.number}" for phase in phases for record in study.records(phase)}
    assert Counter(run.info.run_name for run in runs(str(logs.mlflow), "table")) == dict.fromkeys(trained, 1)
    assert {folder.name.replace("-", " ") for folder in (tmp_path / "runs" / "table").iterdir()} == trained
    read = events(tmp_path / "runs" / "table" / "search-0")
    curve = study.curves()
    expected = curve[curve["trial"] == 0]["val_loss"]
    assert [e.value for e in read.Scalars("loss/validation")] == pytest.approx(expected.tolist())
