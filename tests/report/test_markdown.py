"""The report in Markdown: it tells what the page tells, and outside text stays text."""

from __future__ import annotations

from pathlib import Path

from markdown_it import MarkdownIt

from remedy.report import write_markdown
from remedy.results.folder import StudyFolder
from remedy.results.study import Study
from remedy.results.trials_file import read_rows
from remedy.wording.verdict import sentence
from tests.report.conftest import HOSTILE
from tests.report.hostile_study import hostile_copy


def _rendered(text: str) -> str:
    """As GitHub would render it, had it no list of what it allows."""
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))


def test_it_tells_verdict_fixes_diagnosis_and_every_trial(classes: StudyFolder) -> None:
    path = write_markdown(classes)
    assert path == classes.markdown
    text = path.read_text(encoding="utf-8")
    verdict = classes.read_verdict()
    assert verdict is not None
    _, rows = read_rows(classes.trials)
    assert sentence(verdict, rows, Study(classes).baseline).partition(": ")[2].split("(")[0] in text
    assert text.count("## ") == 4
    trials = text.partition("## Trials")[2].partition("## What was run")[0]
    assert trials.count("\n| ") == len(rows) + 2
    assert "| scaling | standard | needed" in text
    assert classes.experiment.read_text(encoding="utf-8").strip() in text


def test_it_is_written_where_the_user_wants_it(classes: StudyFolder, tmp_path: Path) -> None:
    path = write_markdown(classes, tmp_path / "new" / "story.md")
    assert path == tmp_path / "new" / "story.md"
    assert path.exists()


def test_hostile_text_stays_text(series: StudyFolder, tmp_path: Path) -> None:
    study = hostile_copy(series, tmp_path / "hostile")
    html = _rendered(write_markdown(study).read_text(encoding="utf-8"))
    for tag in ("<img", "<svg", "<a ", "<script", "</script"):
        assert tag not in html
    assert html.count("&lt;img src=x") > 10
    assert html.count("<pre>") == 1
    assert html.count("<table>") == html.count("</table>") > 3


def test_a_column_that_would_be_code_is_named_as_it_is(series: StudyFolder) -> None:
    html = _rendered(write_markdown(series).read_text(encoding="utf-8"))
    assert HOSTILE.replace("<", "&lt;").replace(">", "&gt;") in html
