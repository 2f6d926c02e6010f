"""An exported script, run where there is no remedy, reaches the skill of the trial that it was made of."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import pytest

from remedy.data import Preprocessor
from remedy.export.model_facts import draws_otherwise
from remedy.fixes import apply_recipe, builtin_fixes, package_of
from remedy.plan import Layer
from tests.export.cases import CASES, Case
from tests.export.scripts import export_training, printed_skill, run_scripts


class Ran(NamedTuple):
    """An exported training: its folder, the trial's skill, and what the script has printed last."""

    case: Case
    folder: Path
    skill: float
    line: str


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ran]:
    root = tmp_path_factory.mktemp("exported")
    cases = {name: make(root) for name, make in CASES.items()}
    folders = {name: root / name.replace(" ", "-") for name in cases}
    skills = {
        name: export_training(
            apply_recipe(one.baseline, one.recipe), one.baseline, one.dataset, folders[name]
        )
        for name, one in cases.items()
    }
    lines = run_scripts(folders)
    return {name: Ran(cases[name], folders[name], skills[name], lines[name]) for name in cases}


@pytest.mark.parametrize("name", CASES)
def test_a_script_reaches_the_skill_of_its_trial(ran: dict[str, Ran], name: str) -> None:
    assert printed_skill(ran[name].line) == pytest.approx(ran[name].skill, abs=1e-4, rel=1e-4)


@pytest.mark.parametrize("name", CASES)
def test_a_script_is_code_that_passes_review(ran: dict[str, Ran], name: str) -> None:
    folder = ran[name].folder
    text = (folder / "train.py").read_text()
    statements = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import)]
    imported = {alias.name for statement in statements for alias in statement.names}
    assert "remedy" not in text.partition('"""\n\n')[2]
    assert imported <= {"json", "os", "keras", "numpy"}
    assert max(map(len, text.splitlines())) <= 100
    for command in (["check", "-q"], ["format", "--check", "-q", "--line-length", "100"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--isolated", "train.py"]
        done = subprocess.run(ruff, cwd=folder, capture_output=True, text=True)
        assert not done.returncode, done.stdout


def test_every_fix_is_exported_at_least_once(ran: dict[str, Ran]) -> None:
    """A fix counts if taking it out of its recipe changes the plan."""
    exported = set()
    for case, *_ in ran.values():
        whole = apply_recipe(case.baseline, case.recipe)
        for fix in case.recipe:
            without = {name: value for name, value in case.recipe.items() if name != fix}
            if apply_recipe(case.baseline, without) != whole:
                exported.add(fix)
    assert not {name for name in builtin_fixes() if package_of(name) == "remedy"} - exported


def test_the_listing_of_changes_is_about_the_recipe_alone(ran: dict[str, Ran]) -> None:
    listing = (ran["logits of three classes"].folder / "changes.diff").read_text().splitlines()
    changed = [line for line in listing if line[0] in "+-" and "train.py" not in line]
    assert len(changed) == 2
    assert "learning_rate=0.01" in changed[0]
    assert "learning_rate=0.02" in changed[1]


def test_the_files_that_a_script_writes_are_those_that_remedy_reads(ran: dict[str, Ran]) -> None:
    case, folder, skill, _ = ran["lstm"]
    model = keras.saving.load_model(folder / "model.keras", compile=False)
    preprocessor = Preprocessor.from_plain(json.loads((folder / "preprocessing.json").read_text()))
    X, y = case.dataset.validation.X, case.dataset.validation.y
    predicted = preprocessor.inverse_targets(model.predict(preprocessor.inputs(X), verbose=0))
    assert 1 - ((predicted - y) ** 2).mean() / y.var() == pytest.approx(skill, abs=1e-4)


PREDICTED = ("stateful", "a subclass", "sequences of different lengths", "logits of three classes")

_PREDICT = """\
import json, runpy, sys
sys.modules["remedy"] = None
answers = []
for folder in sys.argv[1:]:
    sys.path.insert(0, folder)
    script = runpy.run_path(folder + "/train.py")
    X, y = script["load_data"]()["test"]
    answers.append([script["predict"](X[:21]).tolist(), y[:21].tolist()])
print(json.dumps(answers))
"""


def test_predictions_come_in_the_targets_own_units(ran: dict[str, Ran]) -> None:
    """Also for a number of samples that fills no batch."""
    command = [sys.executable, "-P", "-c", _PREDICT, *(str(ran[name].folder) for name in PREDICTED)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answers = json.loads(done.stdout.splitlines()[-1])
    for name, answer in zip(PREDICTED, answers, strict=True):
        predicted, y = map(np.array, answer)
        assert len(predicted) == 21, name
        if name == "logits of three classes":
            np.testing.assert_allclose(predicted.sum(axis=1), 1)
        else:
            assert abs(predicted.mean() - y.mean()) < 3 * y.std(), name


def test_a_script_that_draws_other_numbers_than_its_trial_is_known() -> None:
    parts = CASES["models within a model"](Path()).baseline
    dropout = Layer(name="dropout", class_name="Dropout", config={"rate": 0.1}, calls=())
    assert draws_otherwise(parts.with_layers((*parts.model.layers, dropout)))
    assert not draws_otherwise(parts)
    assert not draws_otherwise(CASES["lstm"](Path()).baseline)
