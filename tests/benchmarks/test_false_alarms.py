from __future__ import annotations

import math
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from benchmarks import false_alarms
from benchmarks.cases import Case, Kind, cases
from benchmarks.false_alarms import RUNS, Row, main, planned, summary
from benchmarks.table import append_row, read_rows
from remedy.data import Dataset
from remedy.data.dataset import named_inputs
from remedy.diagnosis import probe_learnability
from remedy.preparation import prepare

EVERY = [case for kind in get_args(Kind) for case in cases(kind)]


def _row(kind: Kind = "noise", verdict: str = "no_signal", seed: int = 0, low: float = math.nan) -> Row:
    return Row(kind, "dense", seed, verdict, 0.2, low, 0.3, 0.1, 12.5, 60)


@pytest.mark.parametrize(
    "case", [case for case in EVERY if "normalization" not in case.name], ids=lambda case: case.name
)
def test_every_case_is_a_valid_experiment_with_data_of_its_seed(case: Case, tmp_path: Path) -> None:
    first, again, other = (
        _dataset(case, seed, tmp_path / place) for seed, place in [(3, "a"), (3, "b"), (4, "c")]
    )
    assert first.fingerprint == again.fingerprint != other.fingerprint
    assert len(first.train) < 1000
    experiment = case.experiment(3, 6, tmp_path)
    assert experiment["search"] == {"trials": 6, "seed": 3}


def test_the_share_that_can_be_explained_is_what_the_cases_say(tmp_path: Path) -> None:
    """Of the labels and numbers that simple models can explain; seeds are pooled, as each has few rows."""
    for case in cases("signal"):
        if case.name.startswith(("linear", "binary", "multiclass", "lstm")):
            found = []
            for seed in range(3):
                folder = tmp_path / f"{case.name}-{seed}"
                prepared = prepare(case.experiment(seed, 6, _made(folder)), ())
                found.append(
                    max(p.skill for p in probe_learnability(prepared.dataset, prepared.baseline).probes)
                )
            assert np.mean(found) == pytest.approx(0.3, abs=0.12), case.name


def test_shuffled_targets_are_still_those_of_the_real_set(tmp_path: Path) -> None:
    [wine] = [case for case in cases("noise") if case.name == "shuffled-wine"]
    data = _dataset(wine, 0, tmp_path)
    labels = np.concatenate([split.y[:, 0] for split in (data.train, data.validation, data.test)])
    assert np.bincount(labels).tolist() == [59, 71, 48]
    assert named_inputs(data.train.X)["X"].shape[1] == 13


def test_runs_go_through_all_cases_before_the_next_seed() -> None:
    for kind in get_args(Kind):
        runs = planned(kind, RUNS[kind])
        assert len(runs) == RUNS[kind] == len({(case.name, seed) for case, seed in runs})
        assert {case.name for case, seed in runs if seed == 0} == {case.name for case in cases(kind)}
    chosen = planned("noise", 30, "shuffled-*")
    assert len(chosen) == 9
    assert {seed for _, seed in chosen} == {0, 1, 2}


def test_rows_survive_the_file(tmp_path: Path) -> None:
    path = tmp_path / "reference" / "rows.csv"
    assert read_rows(Row, path) == []
    rows = [_row(low=0.1), _row("signal", "unstuck", seed=1, low=-0.25)]
    for row in rows:
        append_row(path, row)
    assert read_rows(Row, path) == rows
    header = path.read_text().splitlines()[0]
    assert header == "kind,case,seed,verdict,best_skill,low,high,test_skill,seconds,trials"


def test_the_summary_counts_what_is_right_for_each_kind() -> None:
    noise = [_row(verdict=verdict) for verdict in ["no_signal"] * 28 + ["still_stuck", "undertrained"]]
    signal = [_row("signal", verdict) for verdict in ["unstuck"] * 27 + ["still_stuck"] * 3]
    healthy = [_row("healthy", "already_learning")]
    first, second, third = summary([*noise, *signal, *healthy])
    assert first.startswith("noise: 29 of 30 right (83% to 99%); goal 100% MISSED; 28 no_signal")
    assert second.startswith(
        "signal: 27 of 30 right (74% to 97%); goal 90% reached; 27 unstuck, 3 still_stuck"
    )
    assert third.startswith("healthy: 1 of 1 right")
    assert summary([]) == []


def test_an_unknown_case_is_named_with_those_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--kind", "healthy", "--only", "nothing"]) == 2
    assert "digits" in capsys.readouterr().out


@pytest.mark.slow
def test_a_run_is_done_once_and_its_verdict_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "rows.csv"
    command = ["--kind", "healthy", "--runs", "6", "--trials", "2", "--only", "wine-*", "--out", str(out)]
    assert main(command) == 0
    [row] = read_rows(Row, out)
    assert (row.case, row.seed, row.verdict) == ("wine-standardised", 0, "already_learning")
    assert row.seconds > 0

    monkeypatch.delattr(false_alarms, "run_case")
    assert main(command) == 0
    assert len(read_rows(Row, out)) == 1
    assert "was done before" in capsys.readouterr().out


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _dataset(case: Case, seed: int, folder: Path) -> Dataset:
    return prepare(case.experiment(seed, 6, _made(folder)), ()).dataset
