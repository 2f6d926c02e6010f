"""A machine that fails a run costs one clear line; what was done is kept, and the same command goes on."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.small_disk import is_root, limiting_files, small_disk
from tests.e2e.wave import write_wave

EXPERIMENT = """
name: wave
data: {source: wave.csv, target: level, features: [level], window: {length: 6}}
model: {template: dense, units: [8], activation: tanh}
training: {optimizer: {name: adam, learning_rate: 0.01}, epochs: 12, batch_size: 8}
fixes: {scaling: [standard], target_scaling: [standard]}
diagnosis: false
search: {trials: 4, workers: 1, pruner: none}
confirm: {top: 1, seeds: 2}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wave(tmp_path_factory.mktemp("faults"), EXPERIMENT)


@pytest.fixture(scope="module")
def undisturbed(folder: Path) -> Path:
    done = remedy(folder, "run", "wave.yaml", "--results", "undisturbed")
    assert done.returncode == 0, done.stderr
    return folder / "undisturbed"


def remedy(folder: Path, *arguments: str, largest: int | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "remedy", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        preexec_fn=None if largest is None else limiting_files(largest),
    )


def error_of(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that a command ended with."""
    assert done.returncode == 2, done.stdout + done.stderr
    (line,) = done.stderr.splitlines()
    return line


def verdict_of(results: Path) -> dict[str, Any]:
    verdict: dict[str, Any] = json.loads((results / "wave" / "verdict.json").read_text())
    del verdict["cost"], verdict["best"]["trial"]
    return verdict


def half_written(results: Path) -> list[Path]:
    return [path for path in results.rglob(".*") if path.name != ".lock"]


def test_a_run_on_a_disk_that_is_full_again_and_again_ends_like_any_other(
    folder: Path, undisturbed: Path
) -> None:
    results = folder / "small"
    with small_disk(results, 24) as disk:
        # At the first model, in the search, and in the ablation.
        for kib in (24, 160, 250):
            disk.resize(kib)
            line = error_of(remedy(folder, "run", "wave.yaml", "--results", "small"))
            assert line.startswith("error: "), line
            assert "small/wave/" in line
            assert line.endswith(
                "cannot be written (No space left on device); free some space, then the same command goes on"
            )
            assert half_written(results) == []
        disk.resize(4096)
        assert remedy(folder, "run", "wave.yaml", "--results", "small").returncode == 0
        assert verdict_of(results) == verdict_of(undisturbed)
        assert (results / "wave" / "best" / "train.py").exists()
        assert half_written(results) == []


def test_files_that_a_limit_cuts_short_are_not_kept(folder: Path, undisturbed: Path) -> None:
    """Unlike a disk of its own, such a limit needs no rights."""
    for largest, file in ((1000, "experiment.yaml"), (20_000, ".keras")):
        line = error_of(remedy(folder, "run", "wave.yaml", "--results", "limited", largest=largest))
        assert f"{file}: cannot be written (File too large); allow larger files" in line
        assert half_written(folder / "limited") == []
    assert remedy(folder, "run", "wave.yaml", "--results", "limited").returncode == 0
    assert verdict_of(folder / "limited") == verdict_of(undisturbed)


def test_what_only_reads_works_where_nobody_may_write(folder: Path, undisturbed: Path) -> None:
    results = folder / "protected"
    if is_root():
        with small_disk(results, 4096) as disk:
            shutil.copytree(undisturbed / "wave", results / "wave")
            disk.protect()
            assert_only_reading_works(folder, "Read-only file system")
        return
    shutil.copytree(undisturbed / "wave", results / "wave")
    places = [results, *results.rglob("*")]
    for place in places:
        place.chmod(0o555 if place.is_dir() else 0o444)
    try:
        assert_only_reading_works(folder, "Permission denied")
    finally:
        for place in places:
            place.chmod(0o755)


def assert_only_reading_works(folder: Path, reason: str) -> None:
    for command in (
        ("results", "--results", "protected"),
        ("results", "wave", "--results", "protected"),
        ("show", "wave", "0", "--results", "protected"),
        ("export", "protected/wave", "--out", "exported"),
    ):
        done = remedy(folder, *command)
        assert done.returncode == 0, done.stderr
    line = error_of(remedy(folder, "run", "wave.yaml", "--results", "protected"))
    assert f"cannot be written ({reason}); allow it" in line
    assert "protected/wave" in line
    line = error_of(remedy(folder, "export", "undisturbed/wave", "--out", "protected/exported"))
    assert f"protected/exported: cannot be written ({reason})" in line


def test_data_that_are_gone_or_others_are_named_and_nothing_is_lost(folder: Path, undisturbed: Path) -> None:
    results = folder / "vanished"
    shutil.copytree(undisturbed / "wave", results / "wave")
    data = folder / "wave.csv"
    before, files = data.read_bytes(), sorted(results.rglob("*"))
    try:
        run = ("run", "wave.yaml", "--results", "vanished")
        data.write_bytes(before[: len(before) // 2])
        assert "(changed: the content of" in error_of(remedy(folder, *run))
        line = error_of(remedy(folder, "export", "vanished/wave", "--out", "out"))
        assert "wave.csv has changed since the study was run; put back what was there" in line
        data.unlink()
        assert "wave.csv does not exist" in error_of(remedy(folder, *run))
        assert remedy(folder, "results", "wave", "--results", "vanished").returncode == 0
    finally:
        data.write_bytes(before)
    assert sorted(results.rglob("*")) == files
    assert remedy(folder, "run", "wave.yaml", "--results", "vanished").returncode == 0
    assert verdict_of(results) == verdict_of(undisturbed)
