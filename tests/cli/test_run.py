"""`remedy run` around the pipeline, which is replaced here; tests/e2e trains for real."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from remedy import pipeline
from remedy.preparation import prepare
from remedy.results.folder import StudyFolder
from remedy.results.study import Study
from remedy.search import TrialRecord

Remedy = Callable[..., Any]


class FakeVerdict:
    def __init__(self, plain: dict[str, Any]) -> None:
        self._plain = plain

    def to_plain(self) -> dict[str, Any]:
        return self._plain


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, verdict: dict[str, Any], study: StudyFolder) -> list[Any]:
    seen: list[Any] = []

    def run(source: Path, **options: Any) -> FakeVerdict:
        seen.append((source, options))
        prepared = prepare(source, options["overrides"])
        options["progress"].prepared(prepared, study)
        return FakeVerdict(verdict)

    monkeypatch.setattr(pipeline, "run", run)
    return seen


def test_options_become_overrides(remedy: Remedy, calls: list[Any]) -> None:
    arguments = [
        "--trials",
        7,
        "--timeout",
        "10m",
        "--workers",
        "auto",
        "--seed",
        3,
        "--set",
        "training.epochs=2",
    ]
    assert remedy("run", "sine.yaml", *arguments, "--fresh", "--results", "results").status == 0
    ((source, options),) = calls
    assert source == Path("sine.yaml")
    assert options["overrides"] == [
        "training.epochs=2", "search.trials=7", "search.timeout=10m", "search.workers=auto", "search.seed=3",
    ]  # fmt: skip
    assert options["fresh"]
    assert options["results"] == Path("results")


def test_quiet_prints_the_result_only(remedy: Remedy, calls: list[Any]) -> None:
    text = remedy("run", "sine.yaml", "--quiet").out
    assert "not tried" not in text
    assert "unstuck: The loss was stuck because X was never scaled" in text


def test_json_is_alone_on_stdout(remedy: Remedy, calls: list[Any], verdict: dict[str, Any]) -> None:
    ended = remedy("run", "sine.yaml", "--json")
    assert json.loads(ended.out) == verdict
    assert "not tried: recurrent_initializer" in ended.err


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--trials", "0", "--trials 0:"),
        ("--workers", "many", "--workers many:"),
        ("--timeout", "soon", "--timeout soon:"),
    ],
)
def test_errors_name_the_option_as_typed(
    remedy: Remedy, calls: list[Any], option: str, value: str, message: str
) -> None:
    ended = remedy("run", "sine.yaml", option, value)
    assert ended.status == 2
    assert ended.err.startswith(f"error: {message}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_says_how_to_go_on(
    remedy: Remedy, study: StudyFolder, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    def run(source: Path, **options: Any) -> None:
        options["progress"].prepared(prepare(source), study)
        options["progress"].phase("baseline", 3, Study(study).records()[:2])
        os.kill(os.getpid(), number)

    monkeypatch.setattr(pipeline, "run", run)
    handlers = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    ended = remedy("run", "sine.yaml", "--fresh", "--quiet", "--set", "training.epochs=[2, 3]")
    assert ended.status == 130
    assert ended.err == (
        "interrupted: 2 finished trainings saved in results/sine; go on with: "
        "remedy run sine.yaml --quiet --set 'training.epochs=[2, 3]'\n"
    )
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == handlers


def test_internal_error_is_one_line_and_a_traceback_on_request(
    remedy: Remedy, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(source: Path, **options: Any) -> TrialRecord:
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr(pipeline, "run", run)
    ended = remedy("run", "sine.yaml")
    assert (ended.status, ended.err.count("\n")) == (1, 1)
    assert "ZeroDivisionError: a mistake of ours" in ended.err
    assert "this is a bug" in ended.err
    assert "Traceback" in remedy("--debug", "run", "sine.yaml").err
