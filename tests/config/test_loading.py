from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

import remedy.config
from remedy.config import Experiment, FixSetting, dump_experiment, load_experiment, parse_experiment
from remedy.errors import ConfigError
from remedy.fixes import builtin_fixes

Load = Callable[..., Experiment]

MINIMAL = "data: {source: a.csv, target: y}\nmodel: {template: dense}\n"


def test_two_sections_are_enough(load: Load) -> None:
    experiment = load(MINIMAL)
    assert experiment.name == "x"
    assert experiment.data.target == ["y"]
    assert experiment.model.units == [64, 64]
    assert experiment.training.epochs == 30
    assert experiment.search.trials == 60
    assert experiment.search.timeout is None
    assert experiment.task is None


def test_without_a_section_every_builtin_fix_is_searched(load: Load) -> None:
    experiment = load(MINIMAL)
    assert experiment.fixes == {name: FixSetting() for name in builtin_fixes()}
    assert len(experiment.fixes) == 20


def test_an_empty_value_means_the_default(load: Load) -> None:
    empty = "training:\nsearch: {trials: null, timeout: ~}\ntask:\nmetric: null\nconfirm:\n"
    assert load(MINIMAL + empty) == load(MINIMAL)


def test_whole_numbers_are_welcome_where_fractions_belong(load: Load) -> None:
    optimizer = load(MINIMAL + "training: {optimizer: {learning_rate: 1}}\n").training.optimizer
    assert optimizer.learning_rate == 1.0
    assert isinstance(optimizer.learning_rate, float)


def test_single_values_stand_for_lists_and_names_for_optimizers(load: Load) -> None:
    experiment = load(
        "data: {source: a.csv, target: y, features: x}\n"
        "model: {template: dense, units: 8}\ntraining: {optimizer: sgd}\n"
    )
    assert experiment.data.features == ["x"]
    assert experiment.model.units == [8]
    assert experiment.training.optimizer.name == "sgd"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1800), ("1h30m", 5400), ("1d", 86400), ("45", 45), ("0.5", 0.5)],
)
def test_durations_are_read_as_people_write_them(load: Load, text: str, seconds: float) -> None:
    assert load(f"{MINIMAL}search: {{timeout: {text}}}\n").search.timeout == seconds


def test_paths_start_from_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "e.yaml").write_text(MINIMAL.replace("a.csv", "../data/a.csv"))
    monkeypatch.chdir(tmp_path)
    here = load_experiment("experiments/e.yaml")
    monkeypatch.chdir("/")
    there = load_experiment(tmp_path / "experiments" / "e.yaml")
    assert here.data.source == there.data.source == tmp_path.resolve() / "data" / "a.csv"


def test_a_linked_data_file_keeps_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "3f2a").write_text("x,y\n")
    (tmp_path / "a.csv").symlink_to(tmp_path / "store" / "3f2a")
    (tmp_path / "e.yaml").write_text(MINIMAL)
    assert load_experiment(tmp_path / "e.yaml").data.source.name == "a.csv"


def test_a_tilde_is_the_home_folder(load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load(MINIMAL.replace("a.csv", "~/a.csv")).data.source == tmp_path.resolve() / "a.csv"


def test_a_dict_is_read_like_a_file(load: Load, tmp_path: Path) -> None:
    data = MappingProxyType(
        {
            "data": {"source": Path("a.csv"), "target": ("y",)},
            "model": {"template": "dense", "units": (np.int64(8), 4), "dropout": np.float32(0.5)},
        }
    )
    text = "data: {source: a.csv, target: y}\nmodel: {template: dense, units: [8, 4], dropout: 0.5}\n"
    assert parse_experiment(data, name="x", base=tmp_path) == load(text)


def test_a_dict_without_a_name_needs_one() -> None:
    with pytest.raises(ConfigError) as error:
        parse_experiment({"data": {"source": "a.csv", "target": "y"}, "model": {"template": "dense"}})
    assert str(error.value) == "name is missing: it names the folder of the results"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({1: 2}, "training: a key must be text, got int"),
        ({"epochs": object()}, "training.epochs: expected plain data, got object"),
        ({"epochs": 10**400}, "training.epochs: the number does not fit into 64 bits; write a smaller one"),
        ({"epochs": float("nan")}, "training.epochs: expected a finite number, got nan"),
        ({"epochs": b"3"}, "training.epochs: expected plain data, got bytes"),
        ({"epochs": "3"}, "training.epochs: expected a whole number, got '3'"),
    ],
)
def test_mistakes_in_a_dict_name_the_key(value: object, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_experiment(
            {"data": {"source": "a", "target": "y"}, "model": {"template": "dense"}, "training": value},
            name="x",
        )
    assert str(error.value) == message


def test_a_dict_that_contains_itself_is_refused() -> None:
    loop: dict[str, object] = {}
    loop["data"] = loop
    with pytest.raises(ConfigError, match="nested too deeply"):
        parse_experiment(loop, name="x")


def test_the_input_stays_as_it_was() -> None:
    data = {"data": {"source": "a.csv", "target": "y"}, "model": {"template": "dense"}}
    parse_experiment(data, name="x", overrides=["training.epochs=3", "data.target=z"])
    assert data == {"data": {"source": "a.csv", "target": "y"}, "model": {"template": "dense"}}


def test_an_experiment_cannot_be_changed(load: Load) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load(MINIMAL).name = "other"  # type: ignore[misc]


def test_heavy_libraries_are_not_imported() -> None:
    heavy = {"tensorflow", "keras", "pandas", "optuna", "torch"}
    code = f"import sys, remedy.config as c; c.parse_experiment; print(sorted(set(sys.modules) & {heavy}))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_all_names_what_is_public() -> None:
    modules = {path.stem for path in Path(remedy.config.__file__).parent.glob("*.py")}
    public = {name for name in vars(remedy.config) if not name.startswith("_")} - modules
    assert public == set(remedy.config.__all__)
    assert sorted(remedy.config.__all__) == remedy.config.__all__


def test_the_users_model_is_found_beside_the_experiment(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("data: {source: a.csv, target: y}\nmodel: {build: own/model.py:build}\n")
    experiment = load_experiment(tmp_path / "x.yaml")
    assert experiment.model.build == f"{tmp_path.resolve()}/own/model.py:build"
    again = load_experiment(tmp_path / "x.yaml", ["model={file: own/model.keras, keep_weights: true}"])
    assert again.model.file == tmp_path.resolve() / "own" / "model.keras"
    assert again.model.keep_weights


@pytest.mark.parametrize("model", ["{build: /m.py:build}", "{file: /m.keras, keep_weights: true}"])
def test_an_experiment_with_the_users_model_is_written_back(load: Load, model: str) -> None:
    experiment = load(f"data: {{source: /a.csv, target: y}}\nmodel: {model}\n")
    written = dump_experiment(experiment)
    assert "units" not in written
    assert load(written) == experiment
