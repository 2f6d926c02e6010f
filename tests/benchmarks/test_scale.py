"""The scale benchmark counts what it says it counts."""

from __future__ import annotations

import sys
from pathlib import Path

import optuna
import pytest

from benchmarks import scale
from benchmarks.table import read_rows
from remedy.search import Studies
from remedy.search.records import close_trial, place_order, write_result
from remedy.training import Outcome, Status


# Processes are forked from this one on purpose; its other threads hold nothing that they need.
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_a_search_of_three_workers_is_measured_and_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "scale.csv"
    arguments = ["scale", "--workers", "3", "--epoch-seconds", "0.01", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", arguments)
    scale.main()
    (row,) = read_rows(scale.Row, out)
    assert (row.workers, row.trials, row.lost, row.doubled) == (3, 16, 0, 0)
    assert 0 < row.busy < 1
    assert row.trials_per_second == pytest.approx(16 / row.seconds, rel=0.1)
    assert 0 < row.report_milliseconds <= row.report_milliseconds_95
    assert "| 3 | 16 | 0.01 |" in out.with_suffix(".md").read_text()


def test_lost_and_doubled_trials_are_seen() -> None:
    studies = Studies(optuna.storages.InMemoryStorage())
    study = studies.open("search")
    for clipnorm, is_finished in ((1.0, True), (2.0, True), (1.0, True), (3.0, False)):
        trial = study.ask()
        place_order(trial, {"clipnorm": clipnorm}, 0)
        if is_finished:
            write_result(trial, Outcome(Status.FLAT, 0.0, 0.0, 0.1, 10, ()))
            close_trial(study, study.trials[trial.number])
    assert scale.losses(studies, trials=3) == (1, 1)
    assert scale.losses(studies, trials=5) == (3, 1)
