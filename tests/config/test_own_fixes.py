"""Fixes of the user's own in an experiment file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from remedy.config import Experiment, FixSetting, dump_experiment, load_experiment
from remedy.errors import ConfigError
from remedy.fixes import Fixed, parse_space, registry

Load = Callable[..., Experiment]

MINIMAL = "data: {source: a.csv, target: y}\nmodel: {template: dense}\nfixes:\n"
FIXES = """\
from typing import Literal

from remedy.fixes import Fix, Stage, parse_space


class Longer(Fix):
    name = "longer"
    stage = Stage.SCHEDULE
    value_type = Literal[2, 3]
    space = parse_space([2, 3])
    changes = helps_when = source = "Some text."

    def apply(self, plan, value):
        return plan.replace(epochs=plan.epochs * value)


class Shorter(Longer):
    name = "shorter"
    value_type = int


class Nameless(Longer):
    name = "Not a name"
"""


@pytest.fixture(autouse=True)
def own_fixes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file `lengths.py` in the current folder."""
    monkeypatch.setattr(registry, "_own", {})
    monkeypatch.setattr(sys, "path", [*sys.path])
    file = tmp_path / "lengths.py"
    file.write_text(FIXES)
    yield file
    sys.modules.pop("lengths", None)


@pytest.mark.parametrize(
    ("written", "setting"),
    [
        ("true", FixSetting()),
        ("[3, 2]", FixSetting(parse_space([3, 2]))),
        ("3", FixSetting(Fixed(3))),
        ("{value: 3, required: true}", FixSetting(Fixed(3), required=True)),
    ],
)
def test_it_means_what_it_would_mean_for_any_fix(load: Load, written: str, setting: FixSetting) -> None:
    assert load(f"{MINIMAL}  lengths.py:Longer: {written}\n").fixes == {"longer": setting}


def test_it_takes_its_place_in_the_order_of_application(load: Load) -> None:
    section = "  reduce_lr_on_plateau: on\n  lengths.py:Longer: on\n  epochs: on\n  scaling: on\n"
    assert list(load(MINIMAL + section).fixes) == ["scaling", "epochs", "longer", "reduce_lr_on_plateau"]


def test_what_is_written_back_loads_from_any_folder(
    load: Load, own_fixes: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = load(MINIMAL + "  ./lengths.py:Longer: {choices: [2, 3], required: true}\n  scaling: on\n")
    text = dump_experiment(experiment)
    assert f"{own_fixes}:Longer" in text
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    Path("x.yaml").write_text(text)
    assert load_experiment("x.yaml") == experiment


def test_the_file_of_a_fix_that_is_off_is_not_run(load: Load) -> None:
    assert list(load(f"{MINIMAL}  nowhere.py:Longer: off\n  scaling: on\n").fixes) == ["scaling"]


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (
            "  lengths.py:Longest: on\n",
            "x.yaml:4: fixes.'lengths.py:Longest': .*/lengths.py has no 'Longest'",
        ),
        ("  nowhere.py:Longer: on\n", "x.yaml:4: fixes.'nowhere.py:Longer': .*/nowhere.py does not exist"),
        ("  ~nobody-of-this-name/f.py:Longer: on\n", "x.yaml:4: .*/~nobody-of-this-name/f.py does not exist"),
        (f"  {'f' * 300}.py:Longer: on\n", "x.yaml:4: .*/f{300}.py does not exist"),
        (
            "  nowhere:Longer: on\n",
            "x.yaml:4: fixes.'nowhere:Longer': no module 'nowhere'; install it, or name",
        ),
        ("  lengths.py: on\n", "x.yaml:4: fixes.'lengths.py': which class of the file.* lengths.py:Class"),
        (
            "  scaling: on\n  lengths.py:Nameless: on\n",
            "x.yaml:5: .*/lengths.py:22: Nameless: the name 'Not a",
        ),
        ("  lengths.py:Longer: [2, 4]\n", r"x.yaml:4: fixes.'lengths.py:Longer'\[1\]: .*4"),
        (
            "  lengths.py:Shorter: {low: 1.5, high: 2}\n",
            "x.yaml:4: fixes.'lengths.py:Shorter'.low: .*whole number",
        ),
        ("  lengths.py:Longer:\n", "x.yaml:4: fixes.'lengths.py:Longer': nothing is given"),
        (
            "  lengths.py:Longer: on\n  ./lengths.py:Longer: on\n",
            "x.yaml:5: fixes.'./lengths.py:Longer': this is 'lengths.py:Longer', which is listed already",
        ),
        ("  longer: on\n", "x.yaml:4: fixes.longer: unknown fix 'longer'"),
    ],
)
def test_a_mistake_names_the_line_of_the_experiment_file(load: Load, section: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as error:
        load(MINIMAL + section)
    assert "\n" not in str(error.value)


def test_a_link_that_leads_back_to_itself_is_no_file(load: Load, own_fixes: Path) -> None:
    own_fixes.with_name("loop.py").symlink_to("loop.py")
    with pytest.raises(ConfigError, match=r"x.yaml:4: fixes.'loop.py:Longer': .*/loop.py does not exist"):
        load(f"{MINIMAL}  loop.py:Longer: on\n")


def test_a_file_that_fails_names_its_own_line_too(load: Load, own_fixes: Path) -> None:
    own_fixes.write_text(FIXES + "\n\n1 / 0\n")
    with pytest.raises(ConfigError, match=r"x.yaml:4: .*/lengths.py:26: it raised ZeroDivisionError"):
        load(f"{MINIMAL}  lengths.py:Longer: on\n")
