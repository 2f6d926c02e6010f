"""A dumped experiment loads as the same experiment, from wherever."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings

from remedy.config import Experiment, dump_experiment, load_experiment, parse_experiment, to_plain
from tests.config.experiments import experiments


def _load(text: bytes) -> Experiment:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.yaml"
        path.write_bytes(text)
        return load_experiment(path)


@given(experiments)
@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
def test_a_dumped_experiment_loads_as_the_same_experiment_from_anywhere(data: dict[str, Any]) -> None:
    experiment = parse_experiment(data, base="/somewhere/else")
    assert _load(dump_experiment(experiment).encode()) == experiment
    assert parse_experiment(to_plain(experiment), base="/elsewhere") == experiment


@given(experiments)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_dumping_twice_gives_the_same_text(data: dict[str, Any]) -> None:
    text = dump_experiment(parse_experiment(data))
    assert dump_experiment(_load(text.encode())) == text


def test_every_default_is_written_out() -> None:
    plain = to_plain(
        parse_experiment({"data": {"source": "a", "target": "y"}, "model": {"template": "gru"}}, name="x")
    )
    assert plain["training"]["epochs"] == 30
    assert plain["data"]["split"] == {"validation": 0.2, "test": 0.1, "by": None}
    assert plain["fixes"]["scaling"] is True
    assert plain["search"]["timeout"] is None


def test_other_yaml_readers_take_dumped_text_for_text() -> None:
    names = ["yes", "off", "1e-5", "12:30", "2024-01-31", "012", "0x1f", "null"]
    experiment = parse_experiment(
        {"data": {"source": "a", "target": names}, "model": {"template": "gru"}}, name="x"
    )
    assert yaml.safe_load(dump_experiment(experiment))["data"]["target"] == names
