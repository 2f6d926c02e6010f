"""What a shell gets when the tab key is pressed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from remedy.results.folder import StudyFolder

Remedy = Callable[..., Any]


@pytest.fixture
def complete(remedy: Remedy, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """What bash offers for the last word."""

    def complete(*words: str) -> list[str]:
        monkeypatch.setenv("_REMEDY_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", " ".join(("remedy", *words)))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        ended = remedy()
        assert ended.status == 0
        offered: list[str] = ended.out.split()
        return offered

    return complete


@pytest.mark.parametrize("command", ["results", "show", "compare", "report", "export", "worker", "dashboard"])
def test_studies_are_completed(complete: Callable[..., list[str]], study: StudyFolder, command: str) -> None:
    shutil.copytree(study.path, "results/cosine")
    shutil.copytree(study.path, "results/a name; with marks")
    Path("results/no-study").mkdir()
    assert complete(command, "") == ["cosine", "sine"]
    assert complete(command, "si") == ["sine"]
    assert complete(command, "results/c") == ["results/cosine"]


def test_studies_elsewhere_and_those_named_already(
    complete: Callable[..., list[str]], study: StudyFolder
) -> None:
    shutil.copytree(study.path, "old/earlier")
    assert complete("compare", "sine", "") == []
    assert complete("show", "--results", "old", "") == ["earlier"]


@pytest.mark.parametrize("command", ["run", "check", "diagnose"])
def test_experiment_files_are_completed(
    complete: Callable[..., list[str]], folder: Path, command: str
) -> None:
    Path("more").mkdir()
    shutil.copy("sine.yaml", "more/wave.yml")
    assert complete(command, "") == ["more/wave.yml", "sine.yaml"]
    assert complete(command, "mo") == ["more/wave.yml"]
    assert complete(command, str(folder / "s")) == [str(folder / "sine.yaml")]


def test_fixes_are_completed(complete: Callable[..., list[str]], folder: Path) -> None:
    assert complete("fixes", "recurrent") == ["recurrent_initializer"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_has_a_script(remedy: Remedy, monkeypatch: pytest.MonkeyPatch, shell: str) -> None:
    monkeypatch.setattr("typer.completion._get_shell_name", lambda: shell)
    shown = remedy("--show-completion")
    assert shown.status == 0
    assert f"_REMEDY_COMPLETE=complete_{shell}" in shown.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_it_is_installed_for_every_shell(
    remedy: Remedy, folder: Path, monkeypatch: pytest.MonkeyPatch, shell: str
) -> None:
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setattr("typer._completion_shared._get_shell_name", lambda: shell)
    assert remedy("--install-completion").status == 0
    installed = [path for path in folder.rglob("*") if path.is_file() and "remedy" in path.name]
    assert "_REMEDY_COMPLETE=complete_" in installed[0].read_text()
