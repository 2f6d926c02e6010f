"""docs/own-model.md: every block works as it stands there, and does what the page says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.pages import Page, remedy, run_python

PAGE = Page.read("own-model.md")
SAID_BY_CHECK = {
    "sized.yaml": "SGD (learning_rate 1e-06, momentum 0.9), loss mse, 5 epochs",
    "saved.yaml": "not tried: kernel_initializer (the model keeps the weights it has)",
    "own_parts.yaml": "loss margin_loss",
    "subclassed.yaml": "not tried: depth (the model's layers cannot be changed",
    "two_inputs.yaml": "embedding: Embedding(5, 3) of station",
}
CHEAP = """\
fixes: {output_head: on}
search: {trials: 2, workers: 1}
confirm: {top: 1, seeds: 2}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of the page, the first of which is run, and the model that the page saves."""
    folder = tmp_path_factory.mktemp("own-model")
    PAGE.write(folder)
    [saving] = [text for text in PAGE.texts("python") if ".save(" in text]
    said = run_python(f"{(folder / 'before.py').read_text()}\n{saving}", folder)
    assert said.count(" - accuracy: 0.6") == 15
    return folder


@pytest.fixture(autouse=True)
def _in_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)


def test_every_block_of_the_page_is_looked_at_here() -> None:
    assert PAGE.files("yaml") == ["cancer.yaml", *SAID_BY_CHECK]
    assert {block.language for block in PAGE.blocks} == {"python", "yaml", "console", "text"}
    assert len(PAGE.texts("python")) == 4
    assert len(PAGE.texts("text")) == 2
    assert not PAGE.texts("yaml")


@pytest.mark.parametrize("experiment", SAID_BY_CHECK)
def test_each_experiment_is_understood_as_the_page_says(
    experiment: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert SAID_BY_CHECK[experiment] in remedy(capsys, "check", experiment)


@pytest.mark.slow
def test_the_way_from_check_to_the_trained_model(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With few trainings, of one fix instead of them all."""
    experiment = folder / "cancer.yaml"
    experiment.write_text(experiment.read_text().replace("search: {trials: 20}\n", CHEAP))
    said = {command[0]: remedy(capsys, *command) for command in PAGE.commands()}
    assert list(said) == ["check", "run", "results", "show", "export"]
    assert "Dense(16, relu) > Dense(1, softmax)" in said["check"]
    assert "unstuck: The loss was stuck because the output layer" in said["run"]
    best = json.loads(Path("results/cancer/verdict.json").read_text())["best"]["trial"]
    shown = json.loads(remedy(capsys, "show", "cancer", str(best), "--json"))
    [change] = [f"{item['path']}: {item['before']} -> {item['after']}" for item in shown["changes"]]
    assert PAGE.texts("text")[0] == f"{change}\n"
    assert change.split(": ")[0] in said["show"], "the diagnosis' own recipe is trial 0"
    listing = Path("cancer-fixed/changes.diff").read_text().splitlines()
    removed, added = ([line for line in listing if line.startswith(sign)][1:] for sign in "-+")
    assert any('"softmax"' in line for line in removed)
    assert any('"sigmoid"' in line for line in added)

    using, _, _, running = PAGE.texts("python")
    tests = "from sklearn.metrics import accuracy_score\nassert accuracy_score(y, predictions > 0.5) > 0.9\n"
    name, *skills = run_python(using + tests + running, folder).split()
    assert name == "unstuck"
    assert min(map(float, skills)) > 0.5
    assert len(skills) == 2


@pytest.mark.slow
def test_the_call_from_python(folder: Path) -> None:
    assert run_python(PAGE.texts("python")[2], folder) == "unstuck {'output_head': True}\n"


def test_a_function_that_fails_is_answered_as_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    PAGE.write(tmp_path)
    file = tmp_path / "stuck.py"
    file.write_text(file.read_text().replace("def build():\n", "def build():\n    1 / 0\n"))
    answer = PAGE.texts("text")[1].replace("/home/me", str(tmp_path.resolve()))
    assert remedy(capsys, "check", "cancer.yaml", status=2) == answer
