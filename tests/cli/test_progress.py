from __future__ import annotations

import contextlib
import io
import math
from datetime import datetime
from pathlib import Path

import pytest
from rich.console import Console

from remedy.ablation import expected_trainings
from remedy.cli.board import Board
from remedy.cli.live_progress import LiveProgress
from remedy.cli.plain_progress import PlainProgress
from remedy.plan import Recipe
from remedy.preparation import prepare
from remedy.results.folder import StudyFolder
from remedy.run_progress import RunProgress
from remedy.search import TrialRecord
from remedy.training import EpochRecord, Status


def record(
    number: int, status: Status, skill: float, recipe: Recipe | None = None, error: str | None = None
) -> TrialRecord:
    now = datetime(2026, 1, 1)
    return TrialRecord(number, recipe or {}, 0, status, skill, skill, 3, 10.0, 40, now, now, error)


def epoch(number: int, skill: float) -> EpochRecord:
    return EpochRecord(number, 1.0, 1.0, skill, skill, 0.001, 0.5)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def board(study: StudyFolder) -> Board:
    board = Board(Clock())
    board.prepared(prepare("sine.yaml", ["search.workers=2", "ablation=off"]), study)
    return board


def test_is_what_the_pipeline_wants() -> None:
    progress: RunProgress = Board()
    assert progress


def test_time_left_is_unknown_before_the_first_training(board: Board) -> None:
    assert board.left is None


def test_time_left_follows_from_pace_workers_and_what_is_left(board: Board) -> None:
    board.phase("baseline", 3, 0)
    board.trial_started("baseline", 0, {})
    board.trial_finished("baseline", record(0, Status.SLOW, -1.0))
    # 10 s each on two workers: 2 of the baseline, 4 trials and 2 x 3 to confirm are left.
    assert board.left == pytest.approx((2 + 4 + 6) * 10 / 2)


def test_time_left_knows_of_the_ablation_and_that_it_ends_with_the_time(study: StudyFolder) -> None:
    def left(*overrides: str) -> float:
        board = Board(Clock())
        board.prepared(prepare("sine.yaml", ["search.workers=2", *overrides]), study)
        board.trial_finished("baseline", record(0, Status.SLOW, -1.0))
        assert board.left is not None
        return board.left

    fixes = "fixes={learning_rate: true, clipnorm: true, scaling: true}"  # a recipe of two, say
    without, more = left(fixes, "ablation=off"), left(fixes)
    assert more == without + expected_trainings(2, 3) * 10 / 2
    assert left(fixes, "search.timeout=60s") == pytest.approx(60 + 2 * 10 / 2)


def test_time_left_counts_epochs_of_running_trainings(board: Board) -> None:
    board.trial_finished("baseline", record(0, Status.SLOW, -1.0))
    before = board.left
    assert before is not None
    board.trial_started("baseline", 1, {})
    board.epoch_finished("baseline", 1, epoch(2, -0.5))
    assert board.left == pytest.approx(before - 10 / 2 * 2 / 3)


def test_best_is_the_first_row_of_the_table(board: Board) -> None:
    assert board.best is not None
    assert board.best["trial"] == 1


def test_worker_that_starts_over_reports_epochs_again(board: Board) -> None:
    board.trial_started("search", 4, {})
    board.epoch_finished("search", 4, epoch(2, 0.1))
    board.epoch_finished("search", 4, epoch(1, 0.0))
    assert board.running["search", 4].epoch == 1


def test_plain_lines_say_what_began_and_what_ended(study: StudyFolder) -> None:
    file = io.StringIO()
    progress = PlainProgress(Console(file=file, width=1000, markup=False, highlight=False))
    progress.prepared(prepare("sine.yaml"), study)
    progress.phase("baseline", 3, 3)
    progress.phase("search", 4, 1)
    progress.trial_started("search", 1, {"scaling": "minmax"})
    progress.epoch_finished("search", 1, epoch(1, 0.5))
    progress.trial_finished("search", record(1, Status.LEARNING, 0.731, {"scaling": "minmax"}))
    progress.trial_finished(
        "search", record(2, Status.FAILED, math.nan, {"depth": 2}, error="ValueError: no")
    )
    progress.phase("confirmation", 0, 0)
    assert file.getvalue().splitlines()[-4:] == [
        "baseline: 3 trainings, 3 done already",
        "search: 4 trainings, 1 done already",
        "search 2/4: learning, skill 0.73, 10.0 s, scaling=minmax",
        "search 3/4: failed, ValueError: no, depth=2",
    ]
    assert "not tried: recurrent_initializer" in file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_live_lines_fit_and_keep_their_figures(study: StudyFolder, width: int) -> None:
    file = io.StringIO()
    console = Console(file=file, width=width, markup=False, highlight=False)
    with LiveProgress(console) as progress:
        progress.prepared(prepare("sine.yaml"), study)
        progress.phase("baseline", 3, 0)
        progress.trial_finished("baseline", record(0, Status.SLOW, -1.0))
        progress.phase("search", 4, 1)
        progress.trial_started("search", 7, {"scaling": "minmax", "kernel_initializer": "glorot_uniform" * 5})
        progress.epoch_finished("search", 7, epoch(2, 0.5))
        file.seek(0)
        file.truncate()
        console.print(progress.render())
    text = file.getvalue()
    assert "1 of 4 trainings" in text
    assert "trial 7" in text
    assert "epoch 2/3" in text
    assert "skill 0.50" in text
    assert "skill 0.75" in text
    assert all(len(line) <= width for line in text.splitlines())


@pytest.mark.parametrize("progress_class", [PlainProgress, LiveProgress])
def test_what_was_mended_is_said_and_stays(
    study: StudyFolder, progress_class: type[PlainProgress] | type[LiveProgress]
) -> None:
    file = io.StringIO()
    progress = progress_class(Console(file=file, width=60, markup=False, highlight=False))
    with progress if isinstance(progress, LiveProgress) else contextlib.nullcontext():
        progress.prepared(prepare("sine.yaml"), study)
        progress.noticed(f"study.journal: {'cut short ' * 10}[dropped]")
    assert f"notice: study.journal: {'cut short ' * 10}[dropped]" in file.getvalue()


def test_text_from_a_recipe_is_taken_literally(tmp_path: Path) -> None:
    file = io.StringIO()
    progress = PlainProgress(Console(file=file, width=1000, markup=False, highlight=False))
    progress.trial_finished("search", record(1, Status.LEARNING, 0.5, {"scaling": "[bold]x[/bold]"}))
    assert "scaling=[bold]x[/bold]" in file.getvalue()
