from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from typing import Any

import pytest

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
