"""`remedy init` as it is typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Remedy = Callable[..., Any]


@pytest.fixture
def data(folder: Path) -> str:
    rows = [f"2024-01-{day:02d} {hour:02d}:00,{hour % 6},{day}" for day in range(1, 11) for hour in range(24)]
    Path("my load.csv").write_text("\n".join(["at,load,temp", *rows]) + "\n")
    return "my load.csv"


def test_init_writes_a_file_that_check_accepts(remedy: Remedy, data: str) -> None:
    ended = remedy("init", data, "--target", "load")
    assert ended.status == 0
    assert "next:    remedy check 'my load.yaml'" in ended.out
    text = Path("my load.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=remedy.schema.json\n")
    assert "name: my_load\n" in text
    assert "source: my load.csv\n" in text
    assert "remedy init 'my load.csv' --target load" in text
    assert remedy("check", "my load.yaml").status == 0
    assert json.loads(Path("remedy.schema.json").read_text()) == json.loads(remedy("schema").out)


def test_init_replaces_a_file_only_when_it_is_told_to(remedy: Remedy, data: str) -> None:
    Path("mine.yaml").write_text("precious")
    refused = remedy("init", data, "--target", "load", "--out", "mine.yaml")
    assert refused.status == 2
    assert "mine.yaml: exists already; add --force" in refused.err
    assert Path("mine.yaml").read_text() == "precious"
    assert remedy("init", data, "--target", "load", "--out", "mine.yaml", "--force").status == 0
    assert Path("mine.yaml").read_text() != "precious"


def test_init_asks_for_the_target_and_lists_the_columns(remedy: Remedy, data: str) -> None:
    ended = remedy("init", data)
    assert ended.status == 2
    assert "my load.csv: which column is to be predicted? Name it with --target; columns:" in ended.err
    assert "'at', 'load', 'temp'" in ended.err
    wrong = remedy("init", data, "--target", "lod")
    assert wrong.status == 2
    assert "--target: my load.csv has no column 'lod'; did you mean 'load'?" in wrong.err
    assert not list(Path().glob("*.yaml"))[1:]  # the folder's own


def test_init_writes_elsewhere_with_paths_from_there(remedy: Remedy, data: str) -> None:
    ended = remedy("init", data, "--target", "load", "--out", "runs/a/load.yaml", "--json")
    assert ended.status == 0
    assert json.loads(ended.out)["file"] == "runs/a/load.yaml"
    assert "source: ../../my load.csv\n" in Path("runs/a/load.yaml").read_text()
    assert remedy("check", "runs/a/load.yaml").status == 0


def test_init_refuses_what_is_no_model(remedy: Remedy, data: str) -> None:
    ended = remedy("init", data, "--target", "load", "--model", "model.pkl")
    assert ended.status == 2
    assert "--model model.pkl: expected a function that builds the model" in ended.err
