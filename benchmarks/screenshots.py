"""The pictures in docs/images, made anew with: python -m benchmarks.screenshots [NAME...].

Each shows a real run or a real study; a picture of something else is one more function in `PICTURES`.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from playwright.sync_api import ViewportSize, sync_playwright
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from remedy import pipeline
from remedy.cli.board import Board
from remedy.cli.console import InertConsole
from remedy.cli.introduction import print_introduction
from remedy.cli.live_view import Screen, live_view
from remedy.preparation import Prepared
from remedy.results.folder import StudyFolder
from remedy.training import EpochRecord

IMAGES = Path(__file__).parent.parent / "docs" / "images"
EXPERIMENT = Path("experiments/sunspots.yaml")
SCREEN = Screen(96, 24)
PAGE: ViewportSize = {"width": 1280, "height": 1060}
TRIALS = 12
"""So many have ended when the picture is taken."""

_FONTS = '"Fira Code", "DejaVu Sans Mono", Menlo, Consolas, monospace'


class PictureTakenError(Exception):
    """What ends the run."""


class Camera(Board):
    """Watches a run, takes a picture in the midst of its search, and ends it."""

    def __init__(self) -> None:
        super().__init__()
        self.console = InertConsole(
            file=io.StringIO(),
            record=True,
            width=SCREEN.width,
            force_terminal=True,
            color_system="truecolor",
            markup=False,
            highlight=False,
            emoji=False,
            _environ={},
        )

    def prepared(self, prepared: Prepared, folder: StudyFolder) -> None:
        """Print what a run begins with."""
        super().prepared(prepared, folder)
        self.console.print(Text(f"$ remedy run {EXPERIMENT}"))
        print_introduction(self.console, prepared)

    def epoch_finished(self, study: str, number: int, record: EpochRecord) -> None:
        """Take the picture once all that is under way has something to show."""
        super().epoch_finished(study, number, record)
        under_way = len(self.at_work) > 1 and all(one.epoch > 1 for _, one in self.at_work)
        if study == "search" and self.done("search") >= TRIALS and under_way:
            self.console.print(live_view(self, SCREEN))
            self.console.print()
            raise PictureTakenError


def terminal() -> str:
    """`remedy run` on the sunspots, in the midst of its search."""
    camera = Camera()
    with tempfile.TemporaryDirectory() as results, contextlib.suppress(PictureTakenError):
        pipeline.run(EXPERIMENT, results=results, progress=camera)
    return svg(camera.console, "remedy run")


def svg(console: Console, title: str) -> str:
    """What was printed, as a picture that loads nothing from elsewhere."""
    template = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    template = template.replace("font-family: Fira Code, monospace", f"font-family: {_FONTS}")
    return console.export_svg(title=title, code_format=template, unique_id="terminal")


def report() -> bytes:
    """The upper part of the report of a run on the sunspots, in Chromium.

    Raises:
        FileNotFoundError: there is no Chromium.
    """
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        raise FileNotFoundError("no Chromium to open the report in; install the package chromium")
    with tempfile.TemporaryDirectory() as results, sync_playwright() as playwright:
        pipeline.run(EXPERIMENT, results=results)
        page_file = StudyFolder(Path(results) / EXPERIMENT.stem).report
        with playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"]) as browser:
            page = browser.new_page(viewport=PAGE)
            page.goto(page_file.as_uri())
            page.wait_for_selector("#chart-skill .mark-line")
            page.wait_for_selector("#chart-loss .mark-line")
            return page.screenshot(clip={"x": 0, "y": 0, **PAGE})


PICTURES: Mapping[str, Callable[[], str | bytes]] = {"terminal.svg": terminal, "report.png": report}


def main() -> None:
    """Make all pictures, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PICTURES))
    IMAGES.mkdir(exist_ok=True)
    for name in parser.parse_args().names or PICTURES:
        picture = PICTURES[name]()
        (IMAGES / name).write_bytes(picture.encode() if isinstance(picture, str) else picture)


if __name__ == "__main__":
    main()
