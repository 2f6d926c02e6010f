from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from remedy.cli.check_experiment import check_experiment
from remedy.errors import TrainingError

Remedy = Callable[..., Any]


def test_version(remedy: Remedy) -> None:
    assert remedy("--version").out == f"remedy {importlib.metadata.version('remedy')}\n"


def test_without_a_command_there_is_help(remedy: Remedy) -> None:
    ended = remedy()
    assert ended.status == 0
    assert "Usage:" in ended.out


@pytest.mark.parametrize("command", ["run", "check", "results", "show", "export", "fixes"])
def test_every_command_has_help(remedy: Remedy, command: str) -> None:
    ended = remedy(command, "--help")
    assert ended.status == 0
    assert command in remedy("--help").out


@pytest.mark.parametrize(
    "arguments",
    [
        ("run",), ("show", "x"), ("nothing",), ("run", "a.yaml", "--bad"), ("results", "--format", "xml"),
        ("results", "--top", "0"), ("run", "a.yaml", "--trials", "many"),
    ],
)  # fmt: skip
def test_wrong_usage_is_one_line_that_points_to_help(remedy: Remedy, arguments: tuple[str, ...]) -> None:
    ended = remedy(*arguments)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("error: ")
    assert ended.err.endswith("--help)\n")
    assert ended.err.count("\n") == 1


@pytest.fixture
def own_model(folder: Path) -> str:
    """An experiment whose model raises an error of its own, with one behind it."""
    Path("own.py").write_text(
        """\
def build():
    try:
        {}["layers"]
    except KeyError as error:
        raise ValueError("no layers are known") from error
"""
    )
    Path("own.yaml").write_text(
        Path("sine.yaml").read_text().replace("{template: dense, units: 4}", "{build: own.py:build}")
    )
    return "own.yaml"


def test_debug_shows_the_traceback_of_the_users_code_below_the_message(
    remedy: Remedy, own_model: str
) -> None:
    plain, ended = remedy("check", own_model), remedy("--debug", "check", own_model)
    assert (plain.status, plain.err.count("\n")) == (2, 1)
    assert (ended.status, ended.out) == (2, plain.out)
    assert ended.err.startswith(plain.err)
    details = ended.err.removeprefix(plain.err)
    assert details.startswith("Traceback (most recent call last):\n")
    assert 'own.py", line 3, in build' in details
    assert "KeyError: 'layers'" in details
    assert details.rstrip().splitlines()[-1].startswith("remedy.errors.UserCodeError: ")


def test_debug_shows_the_error_behind_a_message(remedy: Remedy, folder: Path) -> None:
    Path("sine.yaml").write_text(Path("sine.yaml").read_text().replace("sine.csv", "sine.parquet"))
    Path("sine.parquet").write_text("no parquet")
    plain, ended = remedy("check", "sine.yaml"), remedy("--debug", "check", "sine.yaml")
    assert (plain.status, plain.err.count("\n")) == (2, 1)
    assert ended.err.startswith(f"{plain.err}Traceback ")
    assert "ArrowInvalid" in ended.err
    assert "The above exception was the direct cause" in ended.err


def test_debug_adds_nothing_to_wrong_usage(remedy: Remedy) -> None:
    assert remedy("--debug", "check").err == remedy("check").err


def test_debug_shows_the_traceback_of_a_training_that_failed_elsewhere(
    remedy: Remedy, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise TrainingError("the baseline cannot be trained", "Traceback of the \x1b[2J worker")

    monkeypatch.setattr(f"{check_experiment.__module__}.prepare", fail)
    ended = remedy("--debug", "check", "sine.yaml")
    assert ended.err.startswith(
        "error: the baseline cannot be trained\nTraceback of the \\x1b[2J worker\n\nTraceback (most recent"
    )
    assert remedy("check", "sine.yaml").err == "error: the baseline cannot be trained\n"
