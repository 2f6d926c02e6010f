"""Finished studies, made once for all test processes, and a browser to open their reports in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from filelock import FileLock
from playwright.sync_api import Browser, Dialog, Page, sync_playwright

from remedy import pipeline
from remedy.report import write_report
from remedy.results.folder import StudyFolder
from tests.report.many_trials import with_many_trials

HOSTILE = "</script><img src=x onerror=alert(1)>{{7*7}}"
"""Would be code on a page, in a template and in Markdown."""

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def _shared(
    tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], StudyFolder]
) -> StudyFolder:
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    folder = root / f"reported-{name}"
    with FileLock(root / f"{name}.lock"):
        if not (folder / "made").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            (folder / "made").touch()
    return StudyFolder(folder / name)


def _run(folder: Path, frame: pd.DataFrame, target: str, name: str, **more: Any) -> StudyFolder:
    frame.to_csv(folder / f"{name}.csv", index=False)
    experiment: dict[str, Any] = {
        "name": name,
        "data": {"source": str(folder / f"{name}.csv"), "target": target} | more.pop("data", {}),
        "model": {"template": "dense", "units": [8]},
        "training": {"optimizer": {"learning_rate": 0.02}, "epochs": 6},
        "fixes": {"scaling": ["standard"], "target_scaling": ["standard"]},
        "search": {"trials": 3, "workers": 1},
        "confirm": {"top": 1, "seeds": 2},
    }
    pipeline.run(experiment | more, results=folder)
    study = StudyFolder(folder / name)
    shutil.copy(study.report, folder / "as-run.html")
    return study


def _make_series(folder: Path) -> StudyFolder:
    wave = 1000 + 300 * np.sin(np.arange(220) / 4)
    frame = pd.DataFrame({HOSTILE: wave, "at": np.arange(220)})
    data = {"features": [HOSTILE], "time": "at", "window": {"length": 6}}
    return _run(folder, frame, HOSTILE, "series", data=data)


def _make_classes(folder: Path) -> StudyFolder:
    generator = np.random.default_rng(0)
    features = generator.normal(size=(300, 2))
    labels = np.select([features[:, 0] > 0.4, features[:, 0] < -0.4], [HOSTILE, "low"], "middle")
    frame = pd.DataFrame(features * [1, 1e4], columns=["a", "b"]).assign(label=labels)
    return _run(folder, frame, "label", "classes", fixes={"scaling": ["standard"]})


@pytest.fixture(scope="session")
def series(tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    """A series around 1000 in a column whose name would be code on a page."""
    return _shared(tmp_path_factory, "series", _make_series)


@pytest.fixture(scope="session")
def classes(tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    """Three classes, one with such a name."""
    return _shared(tmp_path_factory, "classes", _make_classes)


@pytest.fixture(scope="session")
def large(series: StudyFolder, tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    """The series' study, as it would be with 300 trials of 60 epochs over all fixes."""
    return with_many_trials(series, tmp_path_factory.mktemp("large") / "series", trials=300, epochs=60)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, which CI has to have."""
    program = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if program is None and os.environ.get("CI"):
        pytest.fail("no Chromium to open reports in; apt-get install chromium")
    if program is None:
        pytest.skip("no Chromium on this machine; apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--disable-gpu"])
        yield browser
        browser.close()


@dataclass
class Opened:
    """A report in a browser.

    Attributes:
        page: as Playwright sees it.
        said: what it wrote to the console, and errors and dialogs.
        requested: every address that it asked for.
    """

    page: Page
    said: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)


Open = Callable[..., Opened]


def _dismiss(report: Opened, dialog: Dialog) -> None:
    report.said.append(f"dialog: {dialog.message}")
    dialog.dismiss()


@pytest.fixture(scope="session")
def written() -> set[StudyFolder]:
    """The studies whose reports have been written by this process."""
    return set()


@pytest.fixture
def open_report(browser: Browser, written: set[StudyFolder]) -> Iterator[Open]:
    """Opens the report of a study and waits until all charts are drawn."""
    contexts = []

    def opened(study: StudyFolder, width: int = 1280, *, dark: bool = False) -> Opened:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        )
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        contexts.append(context)
        report = Opened(context.new_page())
        page = report.page
        page.on("console", lambda message: report.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: report.said.append(str(error)))
        page.on("request", lambda request: report.requested.append(request.url))
        page.on("dialog", partial(_dismiss, report))
        if study not in written:
            write_report(study)
            written.add(study)
        page.goto(study.report.as_uri())
        page.wait_for_selector("html[data-drawn]", state="attached")
        return report

    yield opened
    for context in contexts:
        context.close()
