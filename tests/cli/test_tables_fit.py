"""Tables on terminals of different widths."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from remedy.cli.trials_view import print_studies, print_trials
from remedy.results.trials_file import Row

ROW: Row = {
    "rank": 1, "trial": 17, "status": "learning", "skill": 0.7312, "train_skill": 0.8, "epochs": 30,
    "seconds": 12.34, "seed": 0, "scaling": "minmax", "kernel_initializer": "glorot_uniform", "depth": None,
    "reduce_lr_on_plateau.factor": 0.1, "reduce_lr_on_plateau.patience": 5,
}  # fmt: skip


def printed(width: int) -> str:
    console = Console(file=io.StringIO(), width=width, markup=False, highlight=False)
    print_trials(console, list(ROW), [ROW])
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


STUDY: Row = {
    "study": "unstick-1a2b3c4d", "verdict": "already_learning", "skill": 0.93, "baseline": 0.93, "trials": 0,
    "date": "2026-11-29 12:00",
}  # fmt: skip


@pytest.mark.parametrize(("width", "hidden"), [(120, ""), (78, "date"), (60, "date, baseline")])
def test_studies_keep_their_columns_or_say_which_are_hidden(width: int, hidden: str) -> None:
    console = Console(file=io.StringIO(), width=width, markup=False, highlight=False)
    print_studies(console, list(STUDY), [STUDY])
    file = console.file
    assert isinstance(file, io.StringIO)
    head, *lines = file.getvalue().splitlines()
    assert head.split() == [column for column in STUDY if column not in hidden.split(", ")]
    assert any("unstick-1a2b3c4d" in line and "already_learning" in line for line in lines)
    assert (f"not shown for want of room: {hidden} (in" in file.getvalue()) is bool(hidden)
    assert max(map(len, [head, *lines])) <= width


@pytest.mark.parametrize("width", [60, 80, 120, 300])
def test_skill_is_never_cut_and_lines_fit(width: int) -> None:
    text = printed(width)
    assert "0.731" in text
    assert "learning" in text
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width


def test_wide_terminals_have_a_column_per_fix() -> None:
    assert "reduce_lr_on_plateau.patience" in printed(300)


def test_narrow_terminals_have_a_column_for_the_recipe_and_say_what_is_hidden() -> None:
    text = printed(80)
    assert "recipe" in text
    assert "kernel_initializer=glorot_uniform" in text
    assert "not shown for want of room: train_skill, epochs, seconds, seed" in text
