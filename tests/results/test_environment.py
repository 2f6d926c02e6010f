"""What a study notices of changes to the user's model and fixes between two runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from remedy.config import parse_experiment
from remedy.plan import KerasObject, Layer, Model, Plan, UserModel
from remedy.results.environment import describe_environment


def plan_of(source: UserModel, loss: Any = "mse", opaque: str | None = None) -> Plan:
    layers = () if opaque else (Layer(class_name="Dense", name="output", config={"units": 1}),)
    return Plan(
        task="regression",
        metric="mse",
        model=Model(layers=layers, source=source, opaque=opaque),
        optimizer=KerasObject(class_name="Adam", config={"learning_rate": 0.001}),
        loss=loss,
        epochs=5,
        batch_size=16,
    )


@pytest.fixture
def environment(tmp_path: Path, waves: Any) -> Any:
    """Describes the environment of a plan, with or without a fix of the user's own."""

    def describe(plan: Plan, fixes: dict[str, Any] | None = None) -> dict[str, Any]:
        plain: dict[str, Any] = {
            "name": "waves",
            "data": {"source": str(tmp_path / "a.csv"), "target": "y"},
            "model": {"template": "dense"},
        }
        experiment = parse_experiment(plain | ({"fixes": fixes} if fixes else {}), base=tmp_path)
        return describe_environment(experiment, waves, plan, ["remedy"], workers=1)

    return describe


@pytest.fixture
def source(tmp_path: Path) -> UserModel:
    file = tmp_path / "model.py"
    file.write_text("def build(): ...\n")
    return UserModel(file=str(file), function="build")


def test_a_comment_beside_a_function_changes_nothing(environment: Any, source: UserModel) -> None:
    before = environment(plan_of(source))["model"]["sha256"]
    Path(source.file).write_text("# build\ndef build(): ...\n")
    assert environment(plan_of(source))["model"]["sha256"] == before
    assert environment(plan_of(source, "mae"))["model"]["sha256"] != before


@pytest.mark.parametrize("why", ["opaque", "keep_weights", "loss"])
def test_code_and_weights_that_every_training_uses_may_not_change(
    environment: Any, source: UserModel, why: str
) -> None:
    own = {"module": "model", "class_name": "function", "config": "error"}
    plan = plan_of(
        source.model_copy(update={"keep_weights": why == "keep_weights"}),
        own if why == "loss" else "mse",
        "it is a subclass" if why == "opaque" else None,
    )
    before = environment(plan)["model"]["sha256"]
    Path(source.file).write_text("def build(): return 1\n")
    assert environment(plan)["model"]["sha256"] != before


def test_a_template_has_no_code(environment: Any) -> None:
    plan = plan_of(UserModel(file="m.py"))
    assert environment(plan.replace(model=Model(input_shape=(3,), layers=plan.model.layers)))["model"] is None


def test_the_code_of_own_fixes_is_part_of_it(environment: Any, source: UserModel, tmp_path: Path) -> None:
    text = (
        "from remedy.fixes import Fix, Fixed, Stage\n"
        "class Longer(Fix):\n"
        "    name, stage, value_type, space = 'longer_environment', Stage.SCHEDULE, int, Fixed(2)\n"
        "    changes = helps_when = source = 'x'\n"
        "    def apply(self, plan, value):\n"
        "        return plan.replace(epochs=plan.epochs + value)\n"
    )
    file = tmp_path / "environment_fixes.py"
    file.write_text(text)
    fixes = {"environment_fixes.py:Longer": True}
    assert environment(plan_of(source))["fixes"] is None
    before = environment(plan_of(source), fixes)["fixes"]
    assert before["source"] == f"{file}:Longer"
    file.write_text(text.replace("+ value", "* value"))
    assert environment(plan_of(source), fixes)["fixes"]["sha256"] != before["sha256"]
