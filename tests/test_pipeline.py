"""A whole run, with real trainings: from an experiment to its verdict and its files."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score

from remedy import pipeline
from remedy.config import load_experiment
from remedy.data import Preprocessor, load_dataset
from remedy.errors import StudyError, TrainingError
from remedy.results.comparison_file import read_comparison
from remedy.results.folder import StudyFolder
from remedy.results.trials_file import fix_column, read_trials
from remedy.run_progress import Silent
from remedy.search import TrialRecord


@pytest.fixture(scope="session")
def wave_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sine around 1000: raw, a small dense network cannot reach it in a few epochs."""
    path = tmp_path_factory.mktemp("data") / "wave.csv"
    steps = np.arange(200)
    wave = 1000 + 300 * np.sin(steps / 4) + np.random.default_rng(0).normal(scale=10, size=len(steps))
    pd.DataFrame({"step": steps, "level": wave.round(2)}).to_csv(path, index=False)
    return path


@pytest.fixture
def experiment(wave_csv: Path) -> dict[str, Any]:
    return {
        "name": "wave",
        "data": {
            "source": str(wave_csv),
            "target": "level",
            "time": "step",
            "features": ["level"],
            "window": {"length": 6},
        },
        "model": {"template": "dense", "units": [8], "activation": "tanh"},
        "training": {"optimizer": {"name": "adam", "learning_rate": 0.01}, "epochs": 15, "batch_size": 16},
        "fixes": {"scaling": ["standard"], "target_scaling": ["standard"], "clipnorm": 1.0},
        "diagnosis": False,
        "search": {"trials": 6, "workers": 1, "pruner": "none"},
        "confirm": {"top": 2, "seeds": 3},
    }


class Count(Silent):
    """Counts trainings by study."""

    def __init__(self) -> None:
        self.trained = {"baseline": 0, "search": 0, "confirmation": 0, "ablation": 0}

    def trial_finished(self, study: str, record: TrialRecord) -> None:
        self.trained[study] += 1


def test_a_run_ends_with_a_verdict_and_all_its_files(experiment: dict[str, Any], tmp_path: Path) -> None:
    count = Count()
    verdict = pipeline.run(experiment, results=tmp_path, progress=count)
    folder = tmp_path / "wave"

    assert verdict.verdict == "unstuck"
    assert verdict.baseline.status in {"slow", "flat"}
    assert verdict.best is not None
    assert "target_scaling" in verdict.best.recipe
    assert 0.5 < verdict.best.skill_low <= verdict.best.skill <= verdict.best.skill_high
    assert verdict.best.test_skill > 0.5
    assert count.trained["baseline"] == 3
    assert count.trained["search"] == 6
    assert count.trained["confirmation"] in {3, 6}  # three seeds for one or two recipes that learned

    plain = json.loads((folder / "verdict.json").read_text())
    assert plain == verdict.to_plain()
    assert list(plain)[:4] == ["verdict", "baseline", "best", "minimal"]
    _check_ablation(plain)
    table = read_trials(folder / "trials.csv")
    assert sorted(table["trial"]) == list(range(6))
    assert table["rank"].tolist() == [1, 2, 3, 4, 5, 6]
    curves = pd.read_parquet(folder / "curves.parquet")
    epochs = dict(zip(table["trial"], table["epochs"], strict=True))
    assert curves.groupby("trial")["epoch"].max().to_dict() == epochs
    last = curves.groupby("trial").last()["val_skill"]
    np.testing.assert_allclose(table.set_index("trial")["skill"].sort_index(), last)
    environment = json.loads((folder / "environment.json").read_text())
    assert environment["versions"]["tensorflow"].startswith("2.")
    read_test_split = [path.stem for path in (folder / "models").glob("*.json")]
    assert plain["minimal"]["recipe"] != plain["best"]["recipe"]
    assert len(read_test_split) == 3 * 3, "only baseline, winner and smallest recipe are tested"
    assert math.isfinite(plain["minimal"]["test_skill"])
    assert plain["best"]["trial"] == plain["confirmed"][0]["trial"]

    again = Count()
    assert pipeline.run(experiment, results=tmp_path, progress=again) == verdict
    assert again.trained == {"baseline": 0, "search": 0, "confirmation": 0, "ablation": 0}

    _check_best(folder, experiment)
    _check_comparison(folder, verdict.to_plain())
    _check_resolved(folder, experiment, tmp_path)


def _check_ablation(plain: dict[str, Any]) -> None:
    """y around 1000 is what the network cannot reach; a gradient that is clipped does not help it."""
    proofs = {proof["fix"]: proof for proof in plain["fixes"]}
    assert list(proofs) == list(plain["best"]["recipe"])
    assert plain["ablation"] == "done"
    assert {"target_scaling"} <= plain["minimal"]["recipe"].keys() <= {"scaling", "target_scaling"}
    assert {fix for fix, proof in proofs.items() if proof["in_minimal"]} == plain["minimal"]["recipe"].keys()
    assert proofs["target_scaling"]["role"] == "needed"
    assert proofs["target_scaling"]["without"] < 0.1 < plain["minimal"]["skill_low"]
    assert {effect["fix"] for effect in plain["effects"]} == {"scaling", "target_scaling", "clipnorm"}
    assert plain["learnability"]["skill_low"] > 0.5


def _check_best(folder: Path, experiment: dict[str, Any]) -> None:
    """The saved model and preprocessing predict in the target's units, with the skill beside them."""
    dataset = load_dataset(load_experiment(folder / "experiment.yaml").data)
    preprocessor = Preprocessor.from_plain(json.loads((folder / "best" / "preprocessing.json").read_text()))
    model = keras.saving.load_model(folder / "best" / "model.keras")
    predicted = preprocessor.inverse_targets(model.predict(preprocessor.inputs(dataset.test.X), verbose=0))
    recipe = json.loads((folder / "best" / "recipe.json").read_text())
    assert recipe["test_skill"] == pytest.approx(r2_score(dataset.test.y, predicted), abs=1e-5)
    files = {path.name for path in (folder / "best").iterdir()}
    assert files == {"model.keras", "preprocessing.json", "recipe.json", "train.py", "changes.diff"}


def _check_comparison(folder: Path, verdict: dict[str, Any]) -> None:
    """What is kept of the predictions has the test skill that the verdict and `best/` tell."""
    comparison = read_comparison(StudyFolder(folder))
    assert comparison is not None
    assert comparison.baseline is not None
    assert comparison.best is not None
    dataset = load_dataset(load_experiment(folder / "experiment.yaml").data)
    assert comparison.samples == len(comparison.rows) == len(dataset.test)
    levels = dataset.test.y[:, 0]
    assert np.column_stack([comparison.truth]).ravel() == pytest.approx(levels, rel=1e-5)
    assert comparison.best.recipe == verdict["best"]["recipe"]
    assert comparison.best.measured is None, "there was no diagnosis"
    best = json.loads((folder / "best" / "recipe.json").read_text())
    assert r2_score(levels, comparison.best.predictions) == pytest.approx(best["test_skill"], abs=1e-3)
    assert r2_score(levels, comparison.baseline.predictions) < 0.1


def _check_resolved(folder: Path, experiment: dict[str, Any], tmp_path: Path) -> None:
    """The resolved experiment repeats the study."""
    pipeline.run(folder / "experiment.yaml", results=tmp_path / "again", overrides=["ablation=false"])
    first, second = (
        read_trials(path / "trials.csv").drop(columns="seconds")
        for path in (folder, tmp_path / "again" / "wave")
    )
    pd.testing.assert_frame_equal(first, second)


def test_a_search_is_over_once_its_trials_are_enough(experiment: dict[str, Any], tmp_path: Path) -> None:
    count = Count()
    verdict = pipeline.run(
        experiment,
        results=tmp_path,
        overrides=["ablation=false", "confirm.top=1"],
        progress=count,
        enough=lambda trials: any(trial.status == "learning" for trial in trials),
    )
    assert count.trained["search"] < 6
    assert verdict.best is not None
    assert verdict.best.trial == count.trained["search"] - 1
    assert count.trained["confirmation"] == 3


def test_more_trials_can_be_added_later(experiment: dict[str, Any], tmp_path: Path) -> None:
    count = Count()
    pipeline.run(experiment, results=tmp_path, overrides=["search.trials=2", "confirm.top=1"])
    pipeline.run(experiment, results=tmp_path, overrides=["search.trials=3", "confirm.top=1"], progress=count)
    assert count.trained["baseline"] == 0
    assert count.trained["search"] == 1
    assert len(read_trials(tmp_path / "wave" / "trials.csv")) == 3
    with pytest.raises(StudyError, match=r"another experiment \(changed: training\.epochs\)"):
        pipeline.run(experiment, results=tmp_path, overrides=["training.epochs=16"])
    pipeline.run(experiment, results=tmp_path, overrides=["training.epochs=2", "search.trials=1"], fresh=True)
    assert len(read_trials(tmp_path / "wave" / "trials.csv")) == 1


def test_a_baseline_that_learns_ends_the_run_at_once(experiment: dict[str, Any], tmp_path: Path) -> None:
    experiment["data"]["source"] = str(_scaled_copy(Path(experiment["data"]["source"]), tmp_path))
    experiment["training"]["epochs"] = 20
    count = Count()
    verdict = pipeline.run(experiment, results=tmp_path, progress=count)
    assert verdict.verdict == "already_learning"
    assert verdict.best is None
    assert verdict.baseline.test_skill > 0.5
    assert count.trained == {"baseline": 3, "search": 0, "confirmation": 0, "ablation": 0}
    assert not (tmp_path / "wave" / "best").exists()


def _scaled_copy(source: Path, folder: Path) -> Path:
    table = pd.read_csv(source)
    table["level"] = (table["level"] - 1000) / 300
    table.to_csv(folder / "scaled.csv", index=False)
    return folder / "scaled.csv"


def test_an_ablation_that_was_left_out_or_had_no_time_is_made_by_a_later_run(
    experiment: dict[str, Any], tmp_path: Path
) -> None:
    experiment["search"] |= {"trials": 4, "timeout": "1000s"}
    experiment["fixes"] = {"target_scaling": ["standard"], "scaling": ["standard"]}
    experiment["confirm"] = {"top": 1, "seeds": 3}
    count = Count()
    verdict = pipeline.run(experiment, results=tmp_path, overrides=["ablation=false"], progress=count)
    assert (verdict.verdict, verdict.ablation, verdict.minimal) == ("unstuck", "off", None)
    assert {proof.role for proof in verdict.fixes} == {None}
    assert count.trained["ablation"] == 0

    hasty = pipeline.run(experiment, results=tmp_path, overrides=["search.timeout=0.01s"])
    assert (hasty.verdict, hasty.ablation, hasty.minimal) == ("unstuck", "unfinished", None)
    assert {proof.role for proof in hasty.fixes} == {None}

    later = pipeline.run(experiment, results=tmp_path, progress=count)
    assert later.ablation == "done"
    assert later.minimal is not None
    assert count.trained["search"] == 4


def test_a_training_that_is_only_too_short_is_undertrained(
    experiment: dict[str, Any], tmp_path: Path
) -> None:
    experiment["data"]["source"] = str(_scaled_copy(Path(experiment["data"]["source"]), tmp_path))
    experiment["training"] = {"optimizer": {"name": "sgd", "learning_rate": 0.01}, "epochs": 1}
    experiment["fixes"] = {"epochs": ["x20"]}
    experiment["search"] |= {"trials": 2}
    experiment["confirm"] = {"top": 1, "seeds": 3}
    verdict = pipeline.run(experiment, results=tmp_path)
    assert verdict.verdict == "undertrained"
    assert verdict.minimal is not None
    assert verdict.minimal.recipe == {"epochs": "x20"}


def test_where_there_is_nothing_to_learn_the_verdict_says_so(
    experiment: dict[str, Any], tmp_path: Path
) -> None:
    noise = np.random.default_rng(1).normal(size=300)
    pd.DataFrame({"step": range(300), "level": noise}).to_csv(tmp_path / "noise.csv", index=False)
    experiment["data"]["source"] = str(tmp_path / "noise.csv")
    experiment["search"]["trials"] = 4
    verdict = pipeline.run(experiment, results=tmp_path)
    assert verdict.verdict == "no_signal"
    assert verdict.learnability.skill_low <= 0


def test_without_a_fix_that_helps_the_loss_is_still_stuck(experiment: dict[str, Any], tmp_path: Path) -> None:
    experiment["fixes"] = {"clipnorm": [0.1, 0.01]}
    experiment["search"]["trials"] = 2
    verdict = pipeline.run(experiment, results=tmp_path)
    assert verdict.verdict == "still_stuck"
    assert verdict.cost.first_unstuck_seconds is None


def test_until_unstuck_stops_at_the_first_confirmed_recipe(
    experiment: dict[str, Any], tmp_path: Path
) -> None:
    experiment["search"] |= {"until": "unstuck", "trials": 50}
    experiment["ablation"] = False
    count = Count()
    verdict = pipeline.run(experiment, results=tmp_path, progress=count)
    assert verdict.verdict == "unstuck"
    assert count.trained["search"] < 10
    assert pipeline.run(experiment, results=tmp_path, progress=(again := Count())) == verdict
    assert again.trained["search"] == 0


def test_a_baseline_that_cannot_be_trained_is_an_error_and_leaves_nothing_behind(
    experiment: dict[str, Any], tmp_path: Path
) -> None:
    experiment["model"] = {"template": "conv1d", "units": [4], "kernel_initializer": "identity"}
    with pytest.raises(TrainingError, match=r"the baseline cannot be trained: ValueError: .*Identity"):
        pipeline.run(experiment, results=tmp_path)
    assert not (tmp_path / "wave").exists()


def test_a_trial_that_would_never_end_costs_its_time_and_nothing_else(
    experiment: dict[str, Any], tmp_path: Path
) -> None:
    experiment["fixes"] = {"target_scaling": ["standard"], "epochs": [1_000_000]}
    experiment["search"] = {"workers": 2, "trial_timeout": "8s"}
    experiment["confirm"] = {"top": 1, "seeds": 2}
    pipeline.run(experiment, results=tmp_path)
    trials = read_trials(tmp_path / "wave" / "trials.csv")
    assert len(trials) == 4
    endless = trials["status"] == "failed"
    assert list(trials[fix_column("epochs")].notna()) == list(endless)
    assert endless.sum() == 2
    assert np.isfinite(trials.loc[~endless, "skill"]).all()
    assert json.loads((tmp_path / "wave" / "verdict.json").read_text())["cost"]["trials"] == 4
