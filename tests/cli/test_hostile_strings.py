"""Names, values, labels and error texts, whoever wrote them, are shown and do nothing."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from rich.console import Console
from rich.text import Text

from remedy.cli.check_experiment import check_experiment
from remedy.cli.console import InertConsole
from remedy.cli.diagnose_experiment import print_diagnosis
from remedy.cli.live_progress import LiveProgress
from remedy.cli.plain_progress import PlainProgress
from remedy.config import dump_experiment, load_experiment, parse_experiment
from remedy.diagnosis import Diagnosis, Evidence, Finding
from remedy.errors import ConfigError
from remedy.fixes import registry
from remedy.monitor.speech import say
from remedy.preparation import prepare
from remedy.results.folder import StudyFolder
from remedy.results.trials_file import read_rows, write_trials
from remedy.search import Studies, TrialRecord
from remedy.search.records import close_trial, write_result
from remedy.storage import open_journal
from remedy.training import JobFailed, Status
from tests.hostile import CONTROLS, HOSTILE, IN_FILES, MARKUP, TEXTS, is_inert

Remedy = Callable[..., Any]

OWN_FIX = """\
from remedy.fixes import Fix, Stage, parse_space

class Spelling(Fix):
    name = "spelling"
    stage = Stage.DATA
    value_type = str
    space = parse_space(["plain"])
    changes = helps_when = source = "Some text."

    def apply(self, plan, value):
        return plan.replace(epochs=plan.epochs + len(value))
"""

OWN_DATA = """\
import numpy as np

def load():
    raise ValueError({error!r})
"""


@pytest.fixture
def own_fix(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A fix whose values are any text."""
    monkeypatch.setattr(registry, "_own", {})
    monkeypatch.setattr(sys, "path", [*sys.path])
    Path("own_spelling.py").write_text(OWN_FIX)
    yield
    sys.modules.pop("own_spelling", None)


def without_colours(text: str) -> str:
    """What a terminal shows, without the colours that are Rich's own."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)


def record(error: str, recipe: dict[str, Any]) -> TrialRecord:
    now = datetime(2026, 1, 1)
    return TrialRecord(4, recipe, 0, Status.FAILED, -1.0, -1.0, 3, 10.0, 40, now, now, error)


@pytest.mark.parametrize("value", IN_FILES)
def test_a_table_of_trials_shows_values_as_text(remedy: Remedy, study: StudyFolder, value: str) -> None:
    columns, rows = read_rows(study.trials)
    changed = [row | {f"own.{value}": value} for row in rows]
    write_trials(study.trials, pd.DataFrame(changed, columns=[*columns, f"own.{value}"]))
    for output in ("table", "csv", "md"):
        ended = remedy("results", "sine", "--format", output)
        assert ended.status == 0, ended.err
        assert is_inert(ended.out)
        assert len(ended.out.splitlines()) == len(rows) + {"table": 3, "csv": 1, "md": 2}[output]
    assert json.loads(remedy("results", "sine", "--format", "json").out)[0][f"own.{value}"] == value
    if value in MARKUP:
        assert value in remedy("results", "sine").out


@pytest.mark.parametrize("text", HOSTILE)
def test_a_trial_shows_recipe_and_error_as_text(remedy: Remedy, study: StudyFolder, text: str) -> None:
    search = Studies(open_journal(study.journal)).open("search")
    trial = search.ask()
    trial.set_user_attr("recipe", {"scaling": "minmax", "own": {text: text}})
    trial.set_user_attr("seed", 7)
    write_result(trial, JobFailed(f"ValueError: {text}", f"Traceback\n  {text}"))
    close_trial(search, search.trials[trial.number])
    ended = remedy("show", "sine", trial.number)
    assert ended.status == 0, ended.err
    assert is_inert(ended.out)
    shown = json.loads(remedy("show", "sine", trial.number, "--json").out)
    assert (shown["error"], shown["recipe"]["own"]) == (f"ValueError: {text}", {text: text})


@pytest.mark.parametrize("text", [*CONTROLS, *MARKUP])
def test_progress_and_findings_are_lines_of_text(study: StudyFolder, text: str) -> None:
    file = io.StringIO()
    progress = PlainProgress(Console(file=file, width=1000, markup=False, highlight=False))
    progress.prepared(prepare("sine.yaml"), study)
    before = file.getvalue().count("\n")
    progress.noticed(text)
    progress.diagnosed(f"The loss is stuck: '{text}' is wrong.")
    progress.trial_finished("search", record(f"ValueError: {text}", {"own": text}))
    assert is_inert(file.getvalue())
    assert file.getvalue().count("\n") == before + 3

    file = io.StringIO()
    terminal = InertConsole(file=file, width=200, markup=False, highlight=False, force_terminal=True)
    with LiveProgress(terminal) as live:
        live.prepared(prepare("sine.yaml"), study)
        live.noticed(text)
        live.diagnosed(text)
        live.trial_started("search", 4, {"own": text})
        terminal.print(live.render())
        live.trial_finished("search", record(text, {}))
    assert is_inert(without_colours(file.getvalue()).replace("\r", ""))
    assert "owned\x07" not in file.getvalue()


@pytest.mark.parametrize("text", [*CONTROLS, *MARKUP])
def test_a_diagnosis_names_columns_as_text(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    evidence = (Evidence("magnitude", 13.0, 10.0, text),)
    finding = Finding(
        "unscaled_features", "error", evidence, f"'{text}' is large", f"'{text}' is.", advice=text
    )
    file = io.StringIO()
    print_diagnosis(
        Console(file=file, width=1000, markup=False, highlight=False), Diagnosis((finding,), True)
    )
    assert is_inert(file.getvalue())
    assert len(file.getvalue().splitlines()) == 6
    say([f"'{text}' is large."])
    err = capsys.readouterr().err
    assert is_inert(err)
    assert err.count("\n") == 1


@given(TEXTS)
def test_a_console_lets_no_control_character_through(text: str) -> None:
    file = io.StringIO()
    console = InertConsole(file=file, width=100, markup=False, highlight=False, force_terminal=True)
    console.print(text)
    console.print(Text(text, "bold"))
    assert is_inert(without_colours(file.getvalue()))


@pytest.mark.parametrize("name", IN_FILES)
def test_check_shows_columns_and_labels_of_a_table_as_text(remedy: Remedy, folder: Path, name: str) -> None:
    rows = {name: [row % 7 for row in range(60)], "when": range(60)}
    labels = [f"{name}x{row % 3}" for row in range(60)]
    pd.DataFrame(rows | {"label": labels, "kind": labels}).to_parquet("table.parquet")
    experiment = {
        "data": {"source": "table.parquet", "target": "label", "group": "kind"},
        "model": {"template": "dense"},
    }
    Path("table.yaml").write_text(json.dumps(experiment))
    ended = remedy("check", "table.yaml")
    assert ended.status == 0, ended.err
    assert is_inert(ended.out)
    assert len(remedy("check", "table.yaml").out.splitlines()) < 60
    ended = remedy("check", "table.yaml", "--set", json_setting("data.features", [name, f"no {name}"]))
    assert ended.status == 2
    assert is_inert(ended.err)
    assert ended.err.count("\n") == 1


def json_setting(key: str, value: Any) -> str:
    return f"{key}={json.dumps(value)}"


@pytest.mark.parametrize("value", IN_FILES)
def test_choices_of_the_experiment_file_are_text(
    remedy: Remedy, study: StudyFolder, own_fix: None, value: str
) -> None:
    Path("own.yaml").write_text(
        f"data: {{source: sine.csv, target: value, window: {{length: 6}}}}\nmodel: {{template: dense}}\n"
        f"fixes: {{own_spelling.py:Spelling: {json.dumps([value, 'plain'])}}}\n"
    )
    ended = remedy("check", "own.yaml")
    assert ended.status == 0, ended.err
    assert is_inert(ended.out)
    written = dump_experiment(load_experiment("own.yaml"))
    assert is_inert(written)
    Path("again.yaml").write_text(written)
    assert load_experiment("again.yaml").fixes == load_experiment("own.yaml").fixes


@given(TEXTS)
def test_a_name_is_refused_or_names_a_folder_of_the_results(name: str) -> None:
    plain = {"name": name, "data": {"source": "a.csv", "target": "y"}, "model": {"template": "dense"}}
    try:
        experiment = parse_experiment(plain)
    except ConfigError:
        return
    assert (Path("/results") / experiment.name).resolve().parent == Path("/results")


@pytest.mark.parametrize(
    "name", ["../outside", "/outside", "..", ".", "a/b", "a\\b", "a\x00", "a\n", "", *HOSTILE]
)
def test_a_run_with_such_a_name_writes_nothing(remedy: Remedy, folder: Path, name: str) -> None:
    Path("sine.yaml").write_text(f"name: {json.dumps(name)}\n{Path('sine.yaml').read_text()}")
    before = sorted(folder.rglob("*"))
    ended = remedy("check", "sine.yaml")
    assert ended.status == 2
    assert is_inert(ended.err)
    assert ended.err.count("\n") == 1
    assert sorted(folder.rglob("*")) == before


def test_a_study_that_was_renamed_is_listed_as_text(remedy: Remedy, study: StudyFolder) -> None:
    study.path.rename(study.path.with_name("=1+1;\x1b]0;owned\x07[red]\n|"))
    for output in ("table", "csv", "md"):
        ended = remedy("results", "--format", output)
        assert is_inert(ended.out)
        assert len(ended.out.splitlines()) == {"table": 3, "csv": 2, "md": 3}[output]
    assert remedy("results", "--format", "csv").out.splitlines()[1].startswith("'=1+1;")
    assert is_inert(remedy("results", "nothing").err)
    assert is_inert(remedy("show", next(study.path.parent.iterdir()), 1).out)


def test_what_code_of_the_users_says_is_text(remedy: Remedy, folder: Path) -> None:
    error = "".join((*CONTROLS[:6], *MARKUP))
    Path("own_data.py").write_text(OWN_DATA.format(error=error))
    Path("own.yaml").write_text("data: {source: own_data.py:load}\nmodel: {template: dense}\n")
    ended = remedy("check", "own.yaml")
    assert ended.status == 2
    assert "own_data.py:4: load() raised ValueError: \\x1b]0;owned\\x07" in ended.err
    assert "[red]loud[/red]" in ended.err
    assert is_inert(ended.err)
    assert ended.err.count("\n") == 1


def test_an_internal_error_and_its_traceback_are_text(
    remedy: Remedy, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("\x1b]0;owned\x07 at postgresql://me:s3cret@db/x\nand so on")

    monkeypatch.setattr(f"{check_experiment.__module__}.prepare", fail)
    ended = remedy("--debug", "check", "sine.yaml")
    assert ended.status == 1
    assert is_inert(ended.err)
    assert "s3cret" not in ended.err
    assert ended.err.count("\n") > 5
    assert remedy("check", "sine.yaml").err.count("\n") == 1
