"""What a script has to know of a model is found out in a process of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from remedy.errors import UserCodeError
from remedy.export.model_facts import ModelFacts, find_model_facts
from remedy.plan import UserModel
from tests.export.cases import CASES


def test_a_stateful_model_fixes_its_batches(tmp_path: Path) -> None:
    plan = CASES["stateful"](tmp_path).baseline
    X = np.zeros((16, 6, 2), np.float32)
    facts = find_model_facts(plan, X, 0, tmp_path / "start.weights.h5")
    assert facts == ModelFacts(batch_size=16, stateful=True)
    assert not list(tmp_path.iterdir())


def test_weights_to_start_from_are_written(tmp_path: Path) -> None:
    plan = CASES["a saved model that keeps its weights"](tmp_path).baseline
    start = tmp_path / "start.weights.h5"
    assert find_model_facts(plan, np.zeros((4, 3), np.float32), 0, start) == ModelFacts()
    assert start.exists()


def test_code_of_the_users_that_fails_is_named(tmp_path: Path) -> None:
    file = tmp_path / "broken.py"
    file.write_text("def build():\n    return 1 / 0\n")
    plan = CASES["a subclass"](tmp_path).baseline
    source = UserModel(file=str(file), function="build")
    broken = plan.replace(model=plan.model.model_copy(update={"source": source}))
    with pytest.raises(UserCodeError, match=r"broken\.py:2: build\(\) raised ZeroDivisionError"):
        find_model_facts(broken, np.zeros((4, 3), np.float32), 0, tmp_path / "unused")
