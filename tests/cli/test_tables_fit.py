"""Tables on terminals of different widths."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from remedy.cli.trials_view import print_trials
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
