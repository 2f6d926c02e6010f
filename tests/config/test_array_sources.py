from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from remedy.config import Experiment, dump_experiment, load_experiment, parse_experiment
from remedy.errors import ConfigError


def _parse(base: Path, data: dict[str, Any]) -> Experiment:
    return parse_experiment({"data": data, "model": {"template": "dense"}}, name="arrays", base=base)


@pytest.mark.parametrize("source", ["rows.npz", "X.npy", "make.py:load", "deep/make.py:load"])
def test_arrays_need_no_target_and_survive_being_written(tmp_path: Path, source: str) -> None:
    experiment = _parse(tmp_path, {"source": source})
    assert experiment.data.source == tmp_path.resolve() / source
    assert experiment.data.target == []
    (tmp_path / "again.yaml").write_text(dump_experiment(experiment))
    assert load_experiment(tmp_path / "again.yaml") == experiment


@pytest.mark.parametrize("source", ["rows.csv", "rows.parquet"])
def test_tables_need_one(tmp_path: Path, source: str) -> None:
    with pytest.raises(ConfigError, match=r"data.target is missing: the column or columns to predict"):
        _parse(tmp_path, {"source": source})


def test_a_python_file_needs_a_function(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"data.source: a Python file goes with a function in it: load.py:load"
    ):
        _parse(tmp_path, {"source": "load.py"})


def test_the_file_of_targets_lies_where_the_experiment_says(tmp_path: Path) -> None:
    experiment = _parse(tmp_path, {"source": "data/X.npy", "target": "data/y.npy"})
    assert experiment.data.target == [str(tmp_path.resolve() / "data" / "y.npy")]
    assert _parse(tmp_path, {"source": "rows.npz", "target": "y"}).data.target == ["y"]
