"""docs/own-fix.md: its files work as they stand there, and do what it says."""

from __future__ import annotations

import csv
import json
import math
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

PAGE = (Path(__file__).parents[2] / "docs" / "own-fix.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
FILES = {match[1]: text for _, text in BLOCKS if (match := re.match(r"# (\S+)", text))}
TEXTS = [text for language, text in BLOCKS if language == "text"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files of the page and the data that they speak of."""
    for name in ("my_fixes.py", "dropped.yaml"):
        (tmp_path / name).write_text(FILES[name])
    rows = "\n".join(f"{math.sin(row / 3):.6f}" for row in range(120))
    (tmp_path / "waves.csv").write_text(f"y\n{rows}\n")
    return tmp_path


def remedy(*arguments: str, cwd: Path, path: Path | None = None) -> str:
    environment = os.environ | ({"PYTHONPATH": f"{path}:{os.environ.get('PYTHONPATH', '')}"} if path else {})
    result = subprocess.run(
        [sys.executable, "-m", "remedy", *arguments], cwd=cwd, env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_every_block_of_the_page_is_looked_at_here() -> None:
    assert sorted(FILES) == ["dropped.yaml", "my_fixes.py", "pyproject.toml"]
    assert len(BLOCKS) == len(FILES) + len(TEXTS)
    assert len(TEXTS) == 2


def test_the_command_of_the_page_shows_the_fix(folder: Path) -> None:
    command = TEXTS[0].split()
    assert command[0] == "remedy"
    (row,) = (line for line in remedy(*command[1:], cwd=folder).splitlines() if "dropout_rate" in line)
    assert "0 | 0.1 | 0.25" in row


@pytest.mark.slow
def test_a_search_tries_it_and_its_results_are_read_from_anywhere(folder: Path, tmp_path: Path) -> None:
    remedy("run", "dropped.yaml", "--set", "fixes={my_fixes.py:DropoutRate: 0.1}", cwd=folder)
    study = folder / "results" / "dropped"
    rows = list(csv.DictReader((study / "trials.csv").read_text().splitlines()))
    assert sorted(row["dropout_rate"] for row in rows) == ["", "0.1"]
    (trial,) = (row["trial"] for row in rows if row["dropout_rate"])
    written = yaml.safe_load((study / "experiment.yaml").read_text())
    assert list(written["fixes"]) == [f"{folder.resolve()}/my_fixes.py:DropoutRate"]

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shown = json.loads(remedy("show", str(study), trial, "--json", cwd=elsewhere))
    changes = [f"{change['path']}: {change['before']} -> {change['after']}" for change in shown["changes"]]
    assert "".join(f"{line}\n" for line in changes) == TEXTS[1]
    # It is finished, so running its resolved experiment again trains nothing.
    before = (study / "trials.csv").read_text()
    remedy("run", str(study / "experiment.yaml"), "--results", str(folder / "results"), cwd=elsewhere)
    assert (study / "trials.csv").read_text() == before


def test_an_installed_package_adds_it_to_the_catalogue(folder: Path) -> None:
    """A folder on the module path with the metadata that an installation would leave there."""
    metadata = folder / "dropout_fixes-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: dropout-fixes\nVersion: 1.0\n")
    groups = tomllib.loads(FILES["pyproject.toml"])["project"]["entry-points"]
    (metadata / "entry_points.txt").write_text(
        "".join(
            f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())
            for group, entries in groups.items()
        )
    )
    listed = {
        fix["name"]: fix["package"] for fix in json.loads(remedy("fixes", "--json", cwd=folder, path=folder))
    }
    assert listed["dropout_rate"] == "dropout-fixes"
    assert listed["scaling"] == "remedy"
    (folder / "plain.yaml").write_text(re.sub(r"fixes:\n(  .*\n)+", "", FILES["dropped.yaml"]))
    assert "dropout_rate" in remedy("check", "plain.yaml", cwd=folder, path=folder)


def test_a_package_with_a_broken_fix_is_named(folder: Path) -> None:
    metadata = folder / "broken_fixes-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-fixes\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[remedy.fixes]\nother_name = my_fixes:DropoutRate\n")
    result = subprocess.run(
        [sys.executable, "-m", "remedy", "fixes"],
        env=os.environ | {"PYTHONPATH": f"{folder}:{os.environ.get('PYTHONPATH', '')}"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 2
    assert "the fix 'other_name' of the installed package broken-fixes cannot be used" in result.stderr
    assert "Traceback" not in result.stderr
