"""The report of a real study: complete, self-contained, and inert whatever the names are."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import vl_convert

from remedy import pipeline
from remedy.errors import StudyError
from remedy.report import write_report
from remedy.report.gather import gather
from remedy.report.make_vega import BUNDLE
from remedy.results.folder import StudyFolder
from remedy.results.study import Study
from remedy.results.trials_file import read_rows
from remedy.run_progress import Silent
from remedy.wording.verdict import sentence
from tests.report.conftest import HOSTILE


class _Page(HTMLParser):
    """The elements of a page, the text of its cells, and what it would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.ids: set[str] = set()
        self.text = ""
        self.scripts: list[str] = []
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._in_script = tag == "script"
        if tag == "script":
            self.scripts.append("")
        for name, value in attrs:
            if name == "id":
                self.ids.add(str(value))
            if name in {"src", "href"} and not str(value).startswith("#"):
                self.loads.append(str(value))

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts[-1] += data
        else:
            self.text += data


def _page(study: StudyFolder) -> _Page:
    return _Page(write_report(study).read_text(encoding="utf-8"))


def _specs(page: _Page) -> dict[str, Any]:
    specs: dict[str, Any] = json.loads(page.scripts[1])
    return specs


def test_the_page_tells_the_verdict_and_every_trial(series: StudyFolder) -> None:
    page, verdict = _page(series), series.read_verdict()
    assert verdict is not None
    assert verdict["verdict"] == "unstuck"
    _, rows = read_rows(series.trials)
    told = sentence(verdict, rows, Study(series).baseline).partition(": ")[2]
    assert told in page.text
    assert page.tags.count("tr") > len(rows) > 2
    assert (series.best / "train.py").read_text().splitlines()[0] in page.text
    assert series.experiment.read_text().splitlines()[0] in page.text


def test_a_run_ends_with_its_report(series: StudyFolder) -> None:
    as_run = (series.path.parent / "as-run.html").read_text(encoding="utf-8")
    assert as_run == write_report(series).read_text(encoding="utf-8")


def test_it_takes_neither_tensorflow_nor_matplotlib(series: StudyFolder) -> None:
    code = (
        "import sys, pathlib; from remedy.report import write_report;"
        "from remedy.results.folder import StudyFolder; write_report(StudyFolder(pathlib.Path(sys.argv[1])));"
        "print(sorted({'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, series.path], check=True, capture_output=True, text=True
    )
    assert ended.stdout.strip() == "[]"


class _Watcher(Silent):
    def __init__(self) -> None:
        self.notices: list[str] = []

    def noticed(self, message: str) -> None:
        self.notices.append(message)


def test_a_report_that_cannot_be_written_takes_no_verdict_away(series: StudyFolder, tmp_path: Path) -> None:
    study = StudyFolder(shutil.copytree(series.path, tmp_path / "series"))
    study.report.unlink(missing_ok=True)
    study.report.mkdir()
    watcher = _Watcher()
    verdict = pipeline.run(study.experiment, results=tmp_path, progress=watcher)
    assert verdict.to_plain() == series.read_verdict()
    [notice] = watcher.notices
    assert notice.startswith(f"{study.report} is not written: ")


def test_the_page_loads_nothing(series: StudyFolder) -> None:
    page = _page(series)
    assert page.loads == []
    assert "default-src 'none'" in series.report.read_text()
    assert series.report.stat().st_size < 1_500_000


def test_every_chart_has_a_place_and_vega_can_draw_it(series: StudyFolder, classes: StudyFolder) -> None:
    drawn = set()
    for study in (series, classes):
        page = _page(study)
        for name, spec in _specs(page).items():
            assert name in page.ids
            svg = vl_convert.vegalite_to_svg(spec | {"width": 400})
            assert len(re.findall(r"<(path|text|line)", svg)) > 10, name
            drawn.add(name)
    expected = {
        "skill",
        "loss",
        "fixes",
        "layers",
        "time",
        "norms",
        "forecast-0",
        "scatter-0",
        "confusion-0",
        "confusion-1",
        "space",
    }
    assert drawn == {f"chart-{name}" for name in expected}


def test_names_are_text_and_nothing_else(series: StudyFolder, classes: StudyFolder) -> None:
    for study in (series, classes):
        page = _page(study)
        assert "img" not in page.tags
        assert HOSTILE in page.text + json.dumps(_specs(page)).replace("\\", "")
        assert len(page.scripts) == 3
        assert "49" not in re.findall(r"onerror=alert\(1\)>(..)", page.text)


def test_curves_are_those_of_the_study(series: StudyFolder) -> None:
    datasets = _specs(_page(series))["chart-skill"]["datasets"].values()
    curves = pd.read_parquet(series.path / "curves.parquet")
    [faint] = [pd.DataFrame(rows) for rows in datasets if "trial" in rows[0] and "whose" not in rows[0]]
    [shown] = [pd.DataFrame(rows) for rows in datasets if "whose" in rows[0]]
    expected = curves["val_skill"].dropna().clip(lower=-1)
    assert np.sort(faint["value"]) == pytest.approx(np.sort(expected), rel=1e-4)
    assert set(shown["whose"]) >= {"baseline", "best recipe"}


def test_trainings_that_diverge_have_a_report(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({"x": generator.normal(size=200) * 1e3})
    frame.assign(y=frame["x"] * 2 + 5).to_csv(tmp_path / "steep.csv", index=False)
    experiment = {
        "name": "steep",
        "data": {"source": str(tmp_path / "steep.csv"), "target": "y"},
        "model": {"template": "dense", "units": [4]},
        "training": {"optimizer": {"name": "sgd", "learning_rate": 0.1}, "epochs": 3},
        "fixes": {"clipnorm": [1.0]},
        "search": {"trials": 1, "workers": 1},
        "confirm": {"top": 1, "seeds": 2},
    }
    pipeline.run(experiment, results=tmp_path)
    study = StudyFolder(tmp_path / "steep")
    curves = gather(study).curves
    assert np.isinf(curves[["loss", "val_loss"]]).any(axis=None)
    assert "The baseline has no line: no two of its epochs have a skill." in study.report.read_text(
        encoding="utf-8"
    )


def test_a_study_without_a_verdict_has_no_report(series: StudyFolder, tmp_path: Path) -> None:
    unfinished = StudyFolder(tmp_path)
    unfinished.experiment.write_text(series.experiment.read_text())
    with pytest.raises(StudyError, match="has no verdict yet; go on with: remedy run FILE"):
        write_report(unfinished)


def test_the_script_that_draws_is_the_one_that_altair_writes_for() -> None:
    assert BUNDLE.read_text(encoding="utf-8") == vl_convert.javascript_bundle()  # type: ignore[call-arg]
