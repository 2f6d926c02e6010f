"""Studies that found no cure, or needed none, have a page as well."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from remedy.report import write_figures, write_markdown
from remedy.results.folder import StudyFolder
from tests.report.conftest import Open


def _without_cure(study: StudyFolder, to: Path, verdict: str) -> StudyFolder:
    """The study as it would be had its search found nothing, or not been needed."""
    shutil.copytree(study.path, to)
    copy = StudyFolder(to)
    shutil.rmtree(copy.best)
    told: dict[str, Any] = json.loads(copy.verdict.read_text())
    told |= {"verdict": verdict, "best": None, "minimal": None, "fixes": [], "ablation": None}
    compared = json.loads(copy.comparison.read_text()) | {"best": None}
    copy.comparison.write_text(json.dumps(compared))
    if verdict == "already_learning":
        told |= {"effects": []}
        told["cost"] |= {"trials": 0, "first_unstuck_seconds": None}
        told["cost"]["trainings"] |= {"search": 0, "confirmation": 0, "ablation": 0}
        copy.diagnosis.unlink()
        (copy.path / "curves.parquet").unlink()
        header = copy.trials.read_text().splitlines()[0]
        copy.trials.write_text(header + "\n")
    copy.verdict.write_text(json.dumps(told))
    return copy


@pytest.mark.parametrize(
    ("verdict", "sections"),
    [
        ("already_learning", ["Predictions on the test rows"]),
        ("no_signal", ["Diagnosis", "Predictions on the test rows", "Trials"]),
        ("still_stuck", ["Diagnosis", "Predictions on the test rows", "Trials"]),
    ],
)
def test_a_page_without_a_cure_has_no_empty_rooms(
    open_report: Open, classes: StudyFolder, tmp_path: Path, verdict: str, sections: list[str]
) -> None:
    study = _without_cure(classes, tmp_path / "classes", verdict)
    report = open_report(study)
    assert report.said == []
    titles = report.page.locator("section > h2").all_text_contents()
    assert titles == [verdict.replace("_", " "), "Learning curves", *sections, "What was run"]
    links = report.page.locator("nav a").all()
    assert len(links) == len(titles) - 1
    for link in links:
        assert report.page.locator(str(link.get_attribute("href"))).count() == 1
    for chart in report.page.locator(".chart").all():
        assert chart.locator("path, rect").count() > 3
    assert not any("best recipe" in text for text in report.page.locator(".legend").all_text_contents())
    assert write_markdown(study).read_text().startswith(f"# classes: {verdict.replace('_', ' ')}\n")
    assert [path.name for path in write_figures(study, "svg")] == ["curves.svg", "predictions.svg"]
