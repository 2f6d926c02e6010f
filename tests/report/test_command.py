"""`remedy report`: which files it writes, where, and what it says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from remedy.cli import main
from remedy.results.folder import StudyFolder


def _report(study: StudyFolder, *more: str) -> int | str | None:
    with pytest.raises(SystemExit) as ended:
        main(["report", str(study.path), *more])
    return ended.value.code


@pytest.mark.parametrize(
    ("kind", "files"),
    [
        ("html", ["report.html"]),
        ("md", ["report.md"]),
        ("svg", ["figures/curves.svg", "figures/fixes.svg", "figures/predictions.svg"]),
    ],
)
def test_files_are_named_as_they_are_written(
    classes: StudyFolder, capsys: pytest.CaptureFixture[str], kind: str, files: list[str]
) -> None:
    assert _report(classes, "--format", kind) == 0
    written = [classes.path / file for file in files]
    assert capsys.readouterr().out.splitlines() == [str(path) for path in written]
    assert all(path.stat().st_size > 1000 for path in written)


@pytest.mark.parametrize(("kind", "file"), [("html", "a.html"), ("md", "a.md"), ("png", "a/fixes.png")])
def test_out_says_where(classes: StudyFolder, tmp_path: Path, kind: str, file: str) -> None:
    out = tmp_path / "new" / file.partition("/")[0]
    assert _report(classes, "--format", kind, "--out", str(out)) == 0
    assert (tmp_path / "new" / file).exists()


def test_a_place_that_cannot_be_written_is_one_line(
    classes: StudyFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert _report(classes, "--out", str(tmp_path / "file" / "report.html")) == 2
    assert "cannot be written (a file is where a folder should be)" in capsys.readouterr().err


def test_a_fresh_start_deletes_the_reports(classes: StudyFolder, tmp_path: Path) -> None:
    study = StudyFolder(shutil.copytree(classes.path, tmp_path / "classes"))
    for kind in ("md", "png"):
        assert _report(study, "--format", kind) == 0
    study.clear()
    assert [path.name for path in study.path.iterdir() if not path.name.startswith(".")] == []
