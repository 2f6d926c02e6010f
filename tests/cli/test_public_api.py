from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import remedy
from remedy.errors import StudyError
from remedy.results.folder import StudyFolder


def test_all_names_exist() -> None:
    for name in remedy.__all__:
        assert getattr(remedy, name) is not None
        assert name in dir(remedy)


def test_other_names_do_not() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        _ = remedy.nothing


def test_import_loads_nothing() -> None:
    check = "import sys, remedy; print(*{'tensorflow', 'keras', 'pandas', 'optuna'} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", check], check=True, capture_output=True, text=True)
    assert loaded.stdout.split() == []


def test_loaded_study(study: StudyFolder) -> None:
    loaded = remedy.load("results/sine")
    assert list(loaded.trials()["trial"]) == [1, 0, 2, 3]
    assert set(loaded.curves()["trial"]) == {0, 1, 2}
    assert loaded.verdict is not None
    assert loaded.verdict["verdict"] == "unstuck"
    assert loaded.experiment.name == "sine"
    assert loaded.path == Path("results/sine")
    assert [record.number for record in loaded.records()] == [0, 1, 2, 3]
    assert "sine" in repr(loaded)


def test_study_without_a_verdict(study: StudyFolder) -> None:
    study.verdict.unlink()
    assert remedy.load("sine").verdict is None


def test_study_that_is_not_there(folder: Path) -> None:
    with pytest.raises(StudyError, match="no study"):
        remedy.load("results/nothing")


def test_jupyter_shows_a_study_before_and_after_its_verdict(study: StudyFolder) -> None:
    shown = remedy.load("sine")._repr_html_()
    assert shown.startswith("<p><strong>sine</strong></p><p><strong>unstuck</strong>")
    assert "scaling: minmax, reduce_lr_on_plateau: (factor: 0.1, patience: 5)" in shown
    study.verdict.unlink()
    assert "<strong>sine</strong> no verdict yet; trials finished: 4" in remedy.load("sine")._repr_html_()
    study.trials.unlink()
    assert remedy.load("sine")._repr_html_().endswith("trials finished: 0</p>")
