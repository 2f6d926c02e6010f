from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from remedy.config import experiment_schema
from remedy.fixes import builtin_fixes
from remedy.results.folder import StudyFolder

Remedy = Callable[..., Any]


def test_check_prints_data_baseline_space_and_cost(remedy: Remedy, folder: Path) -> None:
    ended = remedy("check", "sine.yaml")
    text = ended.out
    assert ended.status == 0
    assert "regression, 150 rows" in text
    assert "Features: the past of 'value'" in text
    assert "Dense(4, relu) > Dense(1)" in text
    assert "learning_rate, learning_rate.value" in text
    assert "not tried: recurrent_initializer (" in text
    assert "different recipes: infinitely many" in text
    assert "(3 of the baseline, 4 in the search, up to 6 to confirm, some" in text
    assert re.search(r"up to \d+ to ablate a recipe of \d fixes", text)
    assert "no ablation" in remedy("check", "sine.yaml", "--set", "ablation=off").out


@pytest.mark.parametrize("window", [{"length": 6, "horizon": [1, 3]}, {"length": 4, "stride": 2}])
def test_check_says_where_rows_are_left_that_are_no_samples(
    remedy: Remedy, folder: Path, window: dict[str, Any]
) -> None:
    setting = f"data.window={json.dumps(window)}"
    text = remedy("check", "sine.yaml", "--set", setting).out
    [lost] = map(int, re.findall(r"the first (\d+) of them are no samples", text))
    data = json.loads(remedy("check", "sine.yaml", "--set", setting, "--json").out)["data"]
    windows = sum(data["samples"].values()) * window.get("stride", 1)
    assert 0 <= windows - (data["rows"] - 3 * lost) < 3 * window.get("stride", 1)


def test_check_writes_nothing(remedy: Remedy, folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    remedy("check", "sine.yaml")
    assert sorted(folder.rglob("*")) == before


def test_check_counts_optimizer_steps(remedy: Remedy, folder: Path) -> None:
    same = remedy("check", "sine.yaml", "--set", "fixes={learning_rate: true}", "--json").out
    samples = json.loads(same)["data"]["samples"]["train"]
    steps = -(-samples // 10)
    assert json.loads(same)["cost"]["epochs_each"] == [3, 3]
    assert json.loads(same)["cost"]["optimizer_steps"] == 13 * 3 * steps


def test_check_counts_what_fixes_add_to_a_training(remedy: Remedy, folder: Path) -> None:
    fixes = "fixes={epochs: [x2, x5], batch_size: [x0.5]}"
    longer = remedy("check", "sine.yaml", "--set", fixes, "--json").out
    samples, cost = json.loads(longer)["data"]["samples"]["train"], json.loads(longer)["cost"]
    assert cost["epochs_each"] == [3, 15]
    assert cost["optimizer_steps_each"] == [3 * -(-samples // 10), 15 * -(-samples // 5)]
    assert "up to" in remedy("check", "sine.yaml", "--set", "fixes={epochs: [x2, 40]}").out


def test_check_resolves_the_space(remedy: Remedy, folder: Path) -> None:
    plain = json.loads(remedy("check", "sine.yaml", "--set", "fixes={scaling: [minmax]}", "--json").out)
    assert plain["fixes"] == [
        {"fix": "scaling", "space": "minmax", "required": False, "parameters": ["scaling"]}
    ]
    assert plain["recipes"] == 2
    assert plain["cost"]["search"] == 2


def test_fixes_lists_the_whole_catalogue(remedy: Remedy) -> None:
    text = remedy("fixes").out
    assert all(name in text for name in builtin_fixes())
    assert [fix["name"] for fix in json.loads(remedy("fixes", "--json").out)] == list(builtin_fixes())


def test_every_fix_can_be_read_up(remedy: Remedy) -> None:
    for name, fix in builtin_fixes().items():
        text = remedy("fixes", name).out
        assert fix.source in text
        assert f"{name}:" in text


def test_unknown_fix_names_the_nearest(remedy: Remedy) -> None:
    ended = remedy("fixes", "clipnrom")
    assert ended.status == 2
    assert "did you mean 'clipnorm'?" in ended.err


def test_schema_prints_the_json_schema_for_editors(remedy: Remedy) -> None:
    ended = remedy("schema")
    assert ended.status == 0
    assert json.loads(ended.out) == experiment_schema()


def test_check_tells_the_time_where_a_run_has_shown_the_pace(remedy: Remedy, study: StudyFolder) -> None:
    known = remedy("check", "sine.yaml", "--set", "search.workers=1")
    assert re.search(r"time: .* from the start with 1 worker, at the pace of the 4 trainings in", known.out)
    told = json.loads(remedy("check", "sine.yaml", "--json").out)["cost"]
    low, high = told["seconds"]
    assert low < told["likely_seconds"] < high
    assert 0 < low < high
    other = remedy("check", "sine.yaml", "--set", "training.epochs=4")
    assert "time: " not in other.out
    assert (
        json.loads(remedy("check", "sine.yaml", "--results", "none", "--json").out)["cost"]["seconds"] is None
    )
