"""docs/tutorial.md: its commands, one after the other, end as the page says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from tests.e2e.pages import Page, remedy

PAGE = Page.read("tutorial.md")
DATA = Path(__file__).parents[2] / "experiments" / "data" / "sunspots.csv"


@pytest.mark.slow
def test_the_way_from_the_csv_file_to_the_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With fewer trainings than on the page; fixes are edited in as it asks."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(DATA, tmp_path)
    lines, diagnosis, verdict = PAGE.texts("text")
    data, fixes = PAGE.texts("yaml")
    assert DATA.read_text(encoding="utf-8").startswith(lines)

    init, diagnose, check, run, *others = PAGE.commands()
    assert "sunspots.yaml is written" in remedy(capsys, *init)
    experiment = tmp_path / "sunspots.yaml"
    written = experiment.read_text(encoding="utf-8")
    assert data in written
    for line in fixes.splitlines():
        assert f"# {line}\n" in written
        written = written.replace(f"# {line}\n", f"{line}\n")
    assert yaml.safe_load(written)["model"] == {"template": "lstm", "units": [64]}
    experiment.write_text(written, encoding="utf-8")

    said = remedy(capsys, *diagnose)
    assert said.startswith(diagnosis)
    assert said.index("1. unscaled_target") < said.index("4. cannot_overfit_one_batch")
    assert "5. " not in said

    assert "12 in the search" in remedy(capsys, *check)
    cheaper = written.replace("epochs: 100 ", "epochs: 40 ") + "confirm: {top: 1, seeds: 2}\n"
    experiment.write_text(cheaper, encoding="utf-8")
    run[run.index("12")] = "4"
    cause = verdict.split(" scaled: ")[0]
    assert cause == "unstuck: The loss was stuck because y was never"
    assert cause in " ".join(remedy(capsys, *run).split())
    assert [command[0] for command in others] == ["results", "show", "report", "export"]
    for command in others:
        remedy(capsys, *command)
    assert (tmp_path / "results" / "sunspots" / "report.html").is_file()
    assert "Scaler()" in (tmp_path / "sunspots-fixed" / "changes.diff").read_text(encoding="utf-8")
