"""Figures for papers: real files, with names that are no formulas."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import matplotlib.image
import pytest

from remedy.errors import StudyError
from remedy.report import write_figures
from remedy.results.folder import StudyFolder
from tests.report.hostile_study import hostile_copy


def test_figures_are_pictures_with_something_on_them(series: StudyFolder) -> None:
    paths = write_figures(series, "png")
    assert [path.relative_to(series.path).as_posix() for path in paths] == [
        "figures/curves.png",
        "figures/fixes.png",
        "figures/predictions.png",
    ]
    for path in paths:
        image = matplotlib.image.imread(path)
        assert image.shape[1] == 1650
        assert 0.01 < (image[..., :3] < 0.9).any(axis=2).mean() < 0.5


def test_figures_of_classes_show_how_they_are_confused(classes: StudyFolder, tmp_path: Path) -> None:
    paths = write_figures(classes, "svg", tmp_path / "figures")
    assert [path.name for path in paths] == ["curves.svg", "fixes.svg", "predictions.svg"]
    for path in paths:
        root = ElementTree.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314 - our own file
        assert root.tag.endswith("svg")
        assert len(list(root.iter("{http://www.w3.org/2000/svg}path"))) > 20


def test_the_same_study_gives_the_same_files(classes: StudyFolder, tmp_path: Path) -> None:
    first, second = (write_figures(classes, "svg", tmp_path / name) for name in ("one", "two"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_hostile_names_stay_names(series: StudyFolder, tmp_path: Path) -> None:
    study = hostile_copy(series, tmp_path / "hostile")
    text = study.comparison.read_text(encoding="utf-8")
    study.comparison.write_text(text.replace("[here]", "$\\\\frac{1}{0}$ \\u65e5"), encoding="utf-8")
    for path in write_figures(study, "svg"):
        text = path.read_text(encoding="utf-8")
        assert "<script" not in text
        assert "<image" not in text
        ElementTree.fromstring(text)  # noqa: S314 - our own file


def test_without_matplotlib_a_line_says_what_to_install(
    series: StudyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordinary = builtins.__import__

    def without(name: str, *more: Any) -> Any:
        if name.partition(".")[0] == "matplotlib":
            raise ImportError(name)
        return ordinary(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(StudyError, match=r"pip install 'remedy\[figures\]'"):
        write_figures(series, "png")
