"""Editors check an experiment file with the JSON schema: what loads is valid, and mistakes are marked."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from remedy.config import experiment_schema, load_experiment, parse_experiment
from remedy.config.yaml_loader import read_yaml
from remedy.errors import RemedyError
from remedy.fixes import builtin_fixes
from tests.config.experiments import experiments
from tests.config.test_documentation import BLOCKS
from tests.config.test_fuzzed_experiment_files import SEEDS, nearly_right

ROOT = Path(__file__).parents[2]
FILES = [*ROOT.glob("experiments/*.yaml"), *ROOT.glob("experiments/gallery/*/experiment.yaml")]
MINIMAL: dict[str, Any] = {"data": {"source": "a.csv", "target": "y"}, "model": {"template": "lstm"}}

SCHEMA = experiment_schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def _mistakes(data: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(data)]


def test_it_is_a_json_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_experiment_of_the_repository_is_valid(path: Path) -> None:
    assert _mistakes(read_yaml(path.read_text()).data) == []


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_of_the_documentation_is_valid(block: str) -> None:
    assert _mistakes(MINIMAL | read_yaml(block).data) == []


@given(experiments)
@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
def test_every_way_to_write_an_experiment_is_valid(data: dict[str, Any]) -> None:
    assert parse_experiment(data).name == data["name"]
    assert _mistakes(data) == []


def test_files_that_load_are_valid_whatever_was_changed_in_them() -> None:
    loaded = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.yaml"
        for number in range(300):
            path.write_bytes(nearly_right(number))
            try:
                load_experiment(path)
            except RemedyError:
                continue
            loaded += 1
            data = read_yaml(path.read_text()).data
            assert _mistakes(data) == [], data
    assert loaded > 100


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_a_file_with_every_kind_of_section_is_valid(name: str) -> None:
    assert _mistakes(read_yaml(SEEDS[name]).data) == []


@pytest.mark.parametrize("name", sorted(builtin_fixes()))
def test_every_fix_can_be_named_and_is_explained(name: str) -> None:
    described = SCHEMA["properties"]["fixes"]["properties"][name]["description"]
    assert builtin_fixes()[name].helps_when in described
    for value in (True, "off", {"required": "on"}):
        assert _mistakes(MINIMAL | {"fixes": {name: value}}) == []
    assert _mistakes(MINIMAL | {"fixes": {name: None}})


@pytest.mark.parametrize(
    ("section", "place"),
    [
        ({"traning": {}}, "$"),
        ({"training": {"epochs": "ten"}}, "$.training"),
        ({"training": {"leanring_rate": 0.1}}, "$.training"),
        ({"training": {"optimizer": "adan"}}, "$.training"),
        ({"training": {"optimizer": {"learning_rate": 0}}}, "$.training"),
        ({"model": {"template": "lstn"}}, "$.model.template"),
        ({"model": {"template": "lstm", "units": []}}, "$.model.units"),
        ({"data": {"target": "y"}}, "$.data"),
        ({"data": {"source": "a.csv", "target": "y", "window": {"length": 0}}}, "$.data.window"),
        ({"fixes": {}}, "$.fixes"),
        ({"fixes": {"scalling": True}}, "$.fixes"),
        ({"fixes": {"scaling": ["minmaxx"]}}, "$.fixes.scaling"),
        ({"fixes": {"depth": {"low": 1}}}, "$.fixes.depth"),
        ({"fixes": {"depth": {"low": 1, "hihg": 3}}}, "$.fixes.depth"),
        ({"fixes": {"epochs": "2x"}}, "$.fixes.epochs"),
        ({"fixes": {"reduce_lr_on_plateau": {"factor": [0.1, 2.0]}}}, "$.fixes.reduce_lr_on_plateau"),
        ({"search": {"sampler": "tpo"}}, "$.search"),
        ({"ablation": "no"}, "$.ablation"),
    ],
)
def test_a_mistake_is_marked_where_it_stands(section: dict[str, Any], place: str) -> None:
    [mistake] = [error.json_path for error in VALIDATOR.iter_errors(MINIMAL | section)]
    assert mistake == place
