"""docs/own-data.md: every block works as it stands there, and does what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.pages import Page, remedy, run_python

PAGE = Page.read("own-data.md")
SAID_BY_CHECK = {
    "table.yaml": "rain, weather=clouds, weather=rain, weather=sun",
    "labels.yaml": "its cells are separated by semicolons and its numbers have a decimal comma",
    "embedded.yaml": "Column 'weather' is an input of its own",
    "ahead.yaml": "level+1, level+6",
    "every.yaml": "samples of shape 12 x 2",
    "arrays.yaml": "Dense(3, softmax)",
    "given.yaml": "200 training, 50 validation and 50 test",
    "two_files.yaml": "X0, X1",
    "frame.yaml": "features    rain",
    "sequences.yaml": "Masking",
    "ordered.yaml": "scaling",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of the page, and those that its first block makes."""
    folder = tmp_path_factory.mktemp("own-data")
    PAGE.write(folder)
    run_python((folder / "make_files.py").read_text(), folder)
    return folder


@pytest.fixture(autouse=True)
def _in_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)


def test_every_block_of_the_page_is_looked_at_here() -> None:
    assert PAGE.files("yaml") == list(SAID_BY_CHECK)
    assert PAGE.files("python") == ["make_files.py", "embedded.py", "sources.py"]
    assert [command[0] for command in PAGE.commands()] == ["run"]
    assert len(PAGE.blocks) == len(SAID_BY_CHECK) + 4


@pytest.mark.parametrize("experiment", SAID_BY_CHECK)
def test_each_experiment_is_understood_as_the_page_says(
    experiment: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert SAID_BY_CHECK[experiment] in remedy(capsys, "check", experiment)


def test_parquet_means_what_the_same_table_means_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    text, parquet = (
        remedy(capsys, "check", "table.yaml", "--set", f"data.source={file}", "--json").replace(file, "FILE")
        for file in ("rivers.csv", "rivers.parquet")
    )
    assert text == parquet


@pytest.mark.parametrize("function", ["splits", "stream"])
def test_whatever_a_function_of_the_page_returns_is_understood(
    function: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = remedy(capsys, "check", "frame.yaml", "--set", f"data.source=sources.py:{function}")
    assert {"splits": "100 training, 25 validation and 25 test", "stream": "112 training"}[function] in said


@pytest.mark.slow
def test_the_commands_of_the_page_run(capsys: pytest.CaptureFixture[str]) -> None:
    [command] = PAGE.commands()
    assert "cost:    2 trials" in remedy(capsys, *command)
