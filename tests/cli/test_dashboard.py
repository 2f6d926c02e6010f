"""`remedy dashboard`: a browser sees the trials of a study, and can change nothing."""

from __future__ import annotations

import importlib.util
import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from remedy.results.folder import StudyFolder

Remedy = Callable[..., Any]


@pytest.fixture
def serve(folder: Path) -> Iterator[Callable[..., tuple[subprocess.Popen[str], str]]]:
    """Starts the command; returns its process and the address that it tells."""
    started: list[subprocess.Popen[str]] = []

    def serve(study: str) -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, "-m", "remedy", "dashboard", study, "--port", "0"]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        assert started[-1].stdout is not None
        line = started[-1].stdout.readline()
        found = re.fullmatch(r".*: (http://localhost:\d+)(/dashboard\S*) \(Ctrl-C ends it\)\n", line)
        assert found, line
        return started[-1], "".join(found.groups())

    yield serve
    for process in started:
        process.kill()
        process.communicate()


def ask(address: str, method: str = "GET") -> Any:
    request = urllib.request.Request(address, method=method)  # noqa: S310 - it is this machine's
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        return answer.read().decode()


def test_trials_can_be_seen_and_not_changed(
    serve: Callable[..., tuple[subprocess.Popen[str], str]], study: StudyFolder
) -> None:
    before = study.journal.read_bytes()
    process, page = serve("sine")
    assert "Optuna Dashboard" in ask(page)
    search = page.replace("/dashboard/", "/api/")
    shown = json.loads(ask(search))
    assert shown["name"] == "search"
    assert [trial["number"] for trial in shown["trials"]] == [0, 1, 2, 3]
    assert {trial["state"] for trial in shown["trials"]} == {"Complete", "Fail"}
    for method in ("DELETE", "POST", "PUT"):
        with pytest.raises(urllib.error.HTTPError, match="405"):
            ask(search, method)
    assert study.journal.read_bytes() == before

    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (130, "stopped\n")


def test_a_missing_extra_is_one_line(
    remedy: Remedy, study: StudyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "optuna_dashboard" else find_spec(name)
    )
    ended = remedy("dashboard", "sine")
    assert ended.status == 2
    assert ended.err == (
        "error: remedy dashboard: needs optuna-dashboard; install it with: pip install 'remedy[dashboard]'\n"
    )


def test_a_study_without_a_training_is_one_line(remedy: Remedy, study: StudyFolder) -> None:
    study.journal.unlink()
    ended = remedy("dashboard", "sine")
    assert ended.status == 2
    assert ended.err == "error: sine: no training has begun yet; look again once remedy run trains\n"


def test_an_address_that_is_none_is_one_line(remedy: Remedy, folder: Path) -> None:
    ended = remedy("dashboard", "ftp://somewhere")
    assert ended.status == 2
    assert ended.err.startswith("error: ")
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize("host", ["256.1.1.1"])
def test_a_host_that_is_none_of_this_machine_is_one_line(
    remedy: Remedy, study: StudyFolder, host: str
) -> None:
    ended = remedy("dashboard", "sine", "--host", host)
    assert ended.status == 2
    assert ended.err.startswith(f"error: cannot listen at {host}:8080 (")


def test_a_shared_study_without_its_password_is_shown_as_the_last_run_left_it(
    serve: Callable[..., tuple[subprocess.Popen[str], str]], remedy: Remedy, study: StudyFolder
) -> None:
    shared = "storage: postgresql+psycopg://me:***@db.example/remedy"
    study.experiment.write_text(study.experiment.read_text().replace("storage: null", shared))
    process, page = serve("sine")
    assert json.loads(ask(page.replace("/dashboard/", "/api/")))["name"] == "search"
    process.send_signal(signal.SIGINT)
    assert "this is the copy of the last run" in process.communicate(timeout=20)[1]
    study.journal.unlink()
    ended = remedy("dashboard", "sine")
    assert ended.status == 2
    assert "is kept in postgresql+psycopg://me:***@db.example/remedy" in ended.err
