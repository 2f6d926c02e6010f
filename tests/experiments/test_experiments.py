"""The ready-to-run experiments: they load, their data can be made again, and each cure cures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from remedy.fixes import apply_recipe
from remedy.plan import Recipe
from remedy.preparation import prepare
from remedy.search import recipe_parameters
from remedy.training import STUCK, Status

FOLDER = Path(__file__).parents[2] / "experiments"
DATA = FOLDER / "data"

CURES: dict[str, Recipe] = {
    "sunspots": {"scaling": "standard", "target_scaling": "standard", "learning_rate": 0.01},
    "xavier_plateau": {
        "kernel_initializer": "glorot_uniform",
        "recurrent_initializer": "orthogonal",
        "learning_rate": 0.01,
        "reduce_lr_on_plateau": {"factor": 0.5, "patience": 5, "min_lr": 1e-5},
    },
    "minmax_batchnorm": {"scaling": "minmax", "target_scaling": "minmax", "batch_normalization": True},
    "clipnorm": {"clipnorm": 1.0},
}
SEED = 20_000
"""Neither a seed of the search nor one of the confirmation."""


def test_every_experiment_has_a_cure_here_and_a_line_in_the_readme() -> None:
    names = {path.stem for path in FOLDER.glob("*.yaml")}
    assert names == CURES.keys()
    readme = (FOLDER / "README.md").read_text()
    assert all(f"]({name}.yaml)" in readme for name in names)


def test_every_data_file_is_used_and_described() -> None:
    files = set(DATA.glob("*.csv"))
    assert {prepare(FOLDER / f"{name}.yaml").experiment.data.source.resolve() for name in CURES} == files
    readme = (DATA / "README.md").read_text()
    assert all(f"## {file.name}\n" in readme for file in files)


@pytest.mark.parametrize("name", CURES)
def test_an_experiment_is_named_like_its_file_and_its_cure_lies_in_the_space(name: str) -> None:
    prepared = prepare(FOLDER / f"{name}.yaml")
    assert prepared.experiment.name == name
    assert not prepared.space.ruled_out
    assert recipe_parameters(CURES[name], prepared.space)


def test_the_sunspot_experiment_spells_out_default_spaces() -> None:
    prepared = prepare(FOLDER / "sunspots.yaml")
    for entry in prepared.space.fixes.values():
        assert entry.space == entry.fix.default_space(prepared.baseline)


def test_experiments_are_prepared_without_tensorflow() -> None:
    code = (
        "import sys; from remedy.preparation import prepare; [prepare(path) for path in sys.argv[1:]]; "
        "assert not {'tensorflow', 'keras'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code, *(FOLDER / f"{name}.yaml" for name in CURES)], check=True)


def test_the_synthetic_series_are_what_the_generator_writes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, DATA / "generate.py", tmp_path], check=True)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    committed = {path.name: path.read_bytes() for path in DATA.glob("*.csv") if path.name != "sunspots.csv"}
    assert written == committed


def test_the_sunspot_series_has_a_row_for_every_year() -> None:
    lines = (DATA / "sunspots.csv").read_text().splitlines()
    assert lines[0] == "year,activity"
    years = [int(line.split(",")[0]) for line in lines[1:]]
    activity = [float(line.split(",")[1]) for line in lines[1:]]
    assert years == list(range(1700, 2009))
    assert (min(activity), max(activity)) == (0.0, 190.2)


@pytest.mark.slow
@pytest.mark.parametrize("name", CURES)
def test_the_baseline_is_stuck_and_the_cure_learns(name: str) -> None:
    from remedy.training.trial import train

    prepared = prepare(FOLDER / f"{name}.yaml")
    baseline = train(prepared.baseline, prepared.dataset, SEED).outcome
    assert baseline.status in STUCK
    cured = train(apply_recipe(prepared.baseline, CURES[name]), prepared.dataset, SEED).outcome
    assert cured.status is Status.LEARNING
    assert cured.skill > 0.5
