"""Fixes of the user's own: loading them, and what happens when they are wrong."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from remedy.errors import UserCodeError
from remedy.fixes import (
    Fix,
    apply_recipe,
    builtin_fixes,
    get_fix,
    load_fix,
    parse_space,
    reference_to,
    registry,
    try_together,
)
from remedy.fixes._own_fix import RESERVED_NAMES
from remedy.plan import Change, Plan, diff
from remedy.results.trials_file import FIXED_COLUMNS

HALF = """\
from typing import Literal

from remedy.fixes import Fix, Stage, parse_space


class Patience(Fix):
    name = "patience"
    stage = Stage.SCHEDULE
    value_type = Literal[2, 3]
    space = parse_space([2, 3])
    changes = "Trains longer."
    helps_when = "Someone is patient."
    source = "A proverb."

    def apply(self, plan, value):
        return plan.replace(epochs=plan.epochs + value)
"""

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Writes the fix `Patience`, with parts of its text replaced, and returns how an experiment names it."""
    monkeypatch.setattr(registry, "_own", {})
    monkeypatch.setattr(sys, "path", [*sys.path])

    def write_file(*replacements: tuple[str, str], file: str = "patient_fixes.py") -> str:
        text = HALF
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text)
        return f"{file}:Patience"

    yield write_file
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def test_a_fix_of_a_file_can_be_named_in_recipes(write: Write, tmp_path: Path, lstm_plan: Plan) -> None:
    fix = load_fix(write(), tmp_path)
    assert get_fix("patience") is fix
    assert diff(lstm_plan, apply_recipe(lstm_plan, {"patience": 3})) == [Change("epochs", 5, 8)]
    assert "patience" not in builtin_fixes()


def test_its_reference_is_absolute_and_loads_again_from_anywhere(write: Write, tmp_path: Path) -> None:
    load_fix(write(), tmp_path)
    reference = reference_to("patience")
    assert reference == f"{tmp_path}/patient_fixes.py:Patience"
    assert load_fix(reference, Path("/elsewhere")).name == "patience"
    assert reference_to("patience") == reference
    assert reference_to("scaling") == "scaling"


def test_a_fix_of_a_module_that_can_be_imported(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lstm_plan: Plan
) -> None:
    write(file="patient_package/fixes.py")
    monkeypatch.syspath_prepend(tmp_path)
    fix = load_fix("patient_package.fixes:Patience", Path("/elsewhere"))
    assert fix.apply(lstm_plan, 2).epochs == 7
    assert reference_to("patience") == "patient_package.fixes:Patience"


def test_it_is_applied_in_the_order_of_stages_and_names(
    write: Write, tmp_path: Path, lstm_plan: Plan
) -> None:
    load_fix(write(), tmp_path)
    assert apply_recipe(lstm_plan, {"patience": 2, "epochs": "x2"}).epochs == 2 * 5 + 2


def test_what_it_does_to_the_plan_it_is_given_harms_nobody(
    write: Write, tmp_path: Path, lstm_plan: Plan
) -> None:
    spoil = 'plan.optimizer.config["learning_rate"] = 7.0\n        return plan'
    fix = load_fix(write(("return plan.replace(epochs=plan.epochs + value)", spoil)), tmp_path)
    assert fix.apply(lstm_plan, 2).optimizer.config["learning_rate"] == 7.0
    assert lstm_plan.optimizer.config["learning_rate"] == 0.001


MISTAKES = [
    (('"patience"', '"scaling"'), "the name 'scaling' is that of a fix of remedy; give it another one"),
    (
        ('"patience"', '"Patience 2"'),
        r"\.py:6: Patience: the name 'Patience 2' must consist of small letters",
    ),
    (('"patience"', '"seed"'), r"\.py:6: Patience: the name 'seed' is that of a column"),
    (('    source = "A proverb."\n', ""), r"\.py:6: Patience: the class attribute 'source' is missing"),
    (('"A proverb."', '" "'), r"\.py:6: Patience: source must be a text"),
    (
        ("    space = parse_space([2, 3])\n", ""),
        "the class attribute 'space' is missing, or a method default_space",
    ),
    (("parse_space([2, 3])", "[2, 3]"), r"space is \[2, 3\]; wrap it: parse_space\(\[2, 3\]\)"),
    (
        ("parse_space([2, 3])", "parse_space([2, 4])"),
        r"space holds what value_type refuses: 4 \(Input should be 2 or 3",
    ),
    (("Literal[2, 3]", "2"), "value_type is no type that pydantic can check"),
    (("Stage.SCHEDULE", '"schedule"'), "stage is 'schedule'; it must be one of Stage.DATA, "),
    (("    stage =", "    new_graph = 1\n    stage ="), "new_graph is 1; it must be True or False"),
    (("def apply", "def app1y"), r"\.py:6: Patience: the method 'apply' is missing"),
    (("class Patience(Fix)", "class Patience"), "Patience is no subclass of remedy.fixes.Fix"),
    (("class Patience(Fix)", "class Impatience(Fix)"), r"has no 'Patience'; it defines (Fix, )?.*Impatience"),
    (("from typing", "1 / 0\nfrom typing"), r"\.py:1: it raised ZeroDivisionError: division by zero"),
    (("class Patience(Fix)", "class Patience(Fix"), r"\.py:\d+: it raised SyntaxError"),
    (
        ("    def apply", "    def __init__(self, years):\n        self.years = years\n\n    def apply"),
        r"Patience\(\) raised TypeError: .*'years'",
    ),
]


@pytest.mark.parametrize(("mistake", "message"), MISTAKES, ids=[message[:40] for _, message in MISTAKES])
def test_a_class_that_is_no_whole_fix_is_refused_in_one_line(
    write: Write, tmp_path: Path, mistake: tuple[str, str], message: str
) -> None:
    with pytest.raises(UserCodeError, match=message) as error:
        load_fix(write(mistake), tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("fixes.py:", "is written file.py:Class or package.module:Class"),
        (":Swish", "is written file.py:Class or package.module:Class"),
        ("fixes.py:a b", "is written file.py:Class or package.module:Class"),
        ("nowhere.py:Swish", "nowhere.py does not exist"),
        (
            "nowhere:Swish",
            "no module 'nowhere'; install it, or name the class's file instead: fixes.py:Swish",
        ),
        ("nowhere.fixes:Swish", "ModuleNotFoundError: No module named 'nowhere'"),
        ("remedy.fixes:Swish", "remedy.fixes has no 'Swish'"),
        ("remedy.fixes.scaling:Scaling", "the name 'scaling' is that of a fix of remedy"),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused(tmp_path: Path, reference: str, message: str) -> None:
    with pytest.raises(UserCodeError, match=re.escape(message)):
        load_fix(reference, tmp_path)


def test_two_fixes_of_one_name_are_refused(write: Write, tmp_path: Path) -> None:
    load_fix(write(), tmp_path)
    with pytest.raises(UserCodeError, match=r"'patience' is that of .*/patient_fixes.py:Patience already"):
        load_fix(write(file="other_fixes.py"), tmp_path)


FAILURES = [
    (
        "return plan.replace(epochs=plan.epochs + value)",
        "return plan.epoch",
        r"apply\(\) raised AttributeError",
    ),
    (
        "return plan.replace(epochs=plan.epochs + value)",
        "return plan.epochs",
        r"apply\(\) returns int; it must",
    ),
    ("return plan.replace(", "plan.replace(", r"apply\(\) returns NoneType; it must return a plan"),
    ("plan.epochs + value", "1 // (3 - value)", r"apply\(\) raised ZeroDivisionError"),
    (
        "return plan.replace(epochs=plan.epochs + value)",
        'return plan.replace(loss={"class_name": object()})',
        r"apply\(\) returns a plan of the wrong types: Unable to serialize unknown type",
    ),
    ("plan.epochs + value", '"many"', r"apply\(\) returns a plan of the wrong types: .*Expected `int`"),
    (
        "    def apply",
        "    def default_space(self, plan):\n        return parse_space([2, 9])\n\n    def apply",
        r"its default space holds what its value_type refuses: 9 \(",
    ),
    (
        "    def apply",
        "    def default_space(self, plan):\n        return [2, 3]\n\n    def apply",
        r"default_space\(\) returns list; wrap it",
    ),
    (
        "    def apply",
        "    def not_applicable(self, plan):\n        return plan.model.layers[9].name\n\n    def apply",
        r":16: Patience.not_applicable\(\) raised IndexError",
    ),
    (
        "    def apply",
        "    def not_applicable(self, plan):\n        return False\n\n    def apply",
        r"not_applicable\(\) returns False; it must return the reason, or None",
    ),
    (
        "    def apply",
        "    def cause(self, plan, value):\n        return plan.nothing\n\n    def apply",
        r":16: Patience.cause\(\) raised AttributeError",
    ),
    (
        "    def apply",
        "    def cure(self, plan, value):\n        return None if value == 3 else 'x'\n\n    def apply",
        r"cure\(\) returns None; it must return a text",
    ),
]


@pytest.mark.parametrize(("old", "new", "message"), FAILURES, ids=[message for *_, message in FAILURES])
def test_a_fix_that_fails_on_the_baseline_says_so_before_the_search(
    write: Write, tmp_path: Path, lstm_plan: Plan, old: str, new: str, message: str
) -> None:
    fix = load_fix(write((old, new)), tmp_path)
    with pytest.raises(UserCodeError, match=message) as error:
        fix.left_out(lstm_plan)
    assert re.match(rf"{re.escape(str(tmp_path))}/patient_fixes\.py:\d+: ", str(error.value))
    assert "\n" not in str(error.value)


def test_it_has_words_for_the_verdict(write: Write, tmp_path: Path, lstm_plan: Plan) -> None:
    fix = load_fix(write(), tmp_path)
    assert fix.cause(lstm_plan, 3) == "patience was off"
    assert fix.cure(lstm_plan, 3) == "patience 3"
    assert fix.explains_divergence(lstm_plan, 3)


def test_whether_it_explains_a_loss_that_diverged_is_yes_or_no(
    write: Write, tmp_path: Path, lstm_plan: Plan
) -> None:
    own = "    def explains_divergence(self, plan, value):\n        return None\n\n    def apply"
    fix = load_fix(write(("    def apply", own)), tmp_path)
    with pytest.raises(
        UserCodeError, match=r"explains_divergence\(\) returns None; it must return True or F"
    ):
        fix.left_out(lstm_plan)


def test_words_of_its_own_become_part_of_one_line(write: Write, tmp_path: Path, lstm_plan: Plan) -> None:
    own = """\
    def cause(self, plan, value):
        return f"{plan.epochs} epochs\\n  were too few."

    def cure(self, plan, value):
        return f"{value} more epochs"

    def explains_divergence(self, plan, value):
        return False

    def apply"""
    fix = load_fix(write(("    def apply", own)), tmp_path)
    assert fix.left_out(lstm_plan) is None
    assert not fix.explains_divergence(lstm_plan, 3)
    assert fix.cause(lstm_plan, 3) == "5 epochs were too few"
    assert fix.cure(lstm_plan, 3) == "3 more epochs"


def test_a_fix_that_fails_beside_another_one_says_so_before_the_search(
    write: Write, tmp_path: Path, lstm_plan: Plan
) -> None:
    own = load_fix(write(("plan.epochs + value", "plan.epochs + value // (plan.batch_size - 32)")), tmp_path)
    alone = {"patience": own.default_space(lstm_plan), "epochs": get_fix("epochs").space}
    try_together(lstm_plan, alone)
    with pytest.raises(UserCodeError, match=r"apply\(\) raised ZeroDivisionError"):
        try_together(lstm_plan, alone | {"batch_size": parse_space(["x0.5", "x2"])})


def test_names_of_columns_are_reserved() -> None:
    assert frozenset(FIXED_COLUMNS) == RESERVED_NAMES


def test_a_space_given_by_the_user_is_checked_by_the_fix(write: Write, tmp_path: Path) -> None:
    fix: Fix = load_fix(write(), tmp_path)
    fix.check_space(parse_space([3, 2]))
    with pytest.raises(ValueError, match="Input should be 2 or 3"):
        fix.check_space(parse_space([3, 4]))
