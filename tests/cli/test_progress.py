from __future__ import annotations

import contextlib
import io
import math
import re
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from remedy.ablation import expected_trainings
from remedy.cli.board import Board, Saved
from remedy.cli.live_progress import LiveProgress, can_draw
from remedy.cli.live_view import Screen, live_view
from remedy.cli.plain_progress import PlainProgress
from remedy.cli.time_left import Span
from remedy.plan import Recipe
from remedy.preparation import prepare
from remedy.results.folder import StudyFolder
from remedy.results.study import Study
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


def test_time_left_is_not_guessed_before_the_search(board: Board) -> None:
    board.phase("baseline", 3, [])
    board.trial_finished("baseline", record(0, Status.SLOW, -1.0))
    board.step("diagnosis")
    assert board.left is None


def searching(board: Board, total: int = 4) -> Span:
    """What is left at the beginning of a search."""
    baseline = [record(number, Status.SLOW, -1.0) for number in range(3)]
    board.phase("baseline", 3, baseline)
    board.phase("search", total, [])
    assert board.left is not None
    return board.left


def test_time_left_holds_what_it_takes_at_the_pace_of_the_baseline(board: Board) -> None:
    # 10 s each on two workers: 4 trials, up to 2 x 3 to confirm, and writing the results.
    left = searching(board)
    assert left.low < 4 * 10 / 2 < (4 + 6) * 10 / 2 <= left.likely < left.high < 120


def test_time_left_grows_with_the_ablation_and_ends_with_the_time(study: StudyFolder) -> None:
    def left(*overrides: str) -> Span:
        board = Board(Clock())
        board.prepared(prepare("sine.yaml", ["search.workers=2", *overrides]), study)
        return searching(board)

    fixes = "fixes={learning_rate: true, clipnorm: true, scaling: true}"  # a recipe of two, say
    without, more = left(fixes, "ablation=off"), left(fixes)
    assert more.low == without.low  # it may be needless
    assert more.likely == pytest.approx(without.likely + expected_trainings(2, 3) * 10 / 2)
    assert more.high >= without.high + expected_trainings(2, 3) * 10 / 2
    assert left(fixes, "search.timeout=15s").high < 15 + (6 * 10 / 2 + 10 * 2) * 1.5


def test_time_left_in_an_ablation_counts_what_is_likely_to_be_asked_for_yet(study: StudyFolder) -> None:
    board = Board(Clock())
    board.prepared(prepare("sine.yaml", ["search.workers=2"]), study)
    searching(board)
    recipe = {"learning_rate": 0.01, "clipnorm": 1.0, "scaling": "minmax"}
    for number in range(4):
        board.trial_finished("search", record(number, Status.LEARNING, 0.8, recipe))
    asked = expected_trainings(3, 3) - 6
    board.phase("confirmation", 3, [record(number, Status.LEARNING, 0.8, recipe) for number in range(3)])
    board.phase("ablation", asked, [record(number, Status.FLAT, 0.0) for number in range(asked)])
    assert board.left is not None
    assert board.left.low < 30 <= board.left.likely < board.left.high


def test_time_left_of_a_search_that_may_end_at_any_time_begins_at_nothing(study: StudyFolder) -> None:
    board = Board(Clock())
    board.prepared(prepare("sine.yaml", ["search.workers=2", "search.until=unstuck", "ablation=off"]), study)
    assert searching(board, total=50).low < 10
    assert searching(board, total=50).high > 250


def test_time_left_follows_the_pace_of_all_who_help(board: Board) -> None:
    """Eight at once were under way on average, though this run has two workers."""
    clock = board._clock
    assert isinstance(clock, Clock)
    before = searching(board, total=40)
    board.phase("search", 40, [])
    for number in range(16):
        board.trial_finished("search", record(number, Status.FLAT, -1.0))
    clock.now = 20.0
    after = board.left
    assert after is not None
    assert after.high < before.high / 2


def test_time_left_shrinks_with_the_epochs_of_running_trainings(board: Board) -> None:
    before = searching(board)
    board.trial_started("search", 0, {})
    board.epoch_finished("search", 0, epoch(2, -0.5))
    assert board.left is not None
    assert board.left.high == pytest.approx(before.high - 10 / 2 * 2 / 3)


def test_early_stopping_is_told_by_the_epochs_that_were_not_trained(board: Board) -> None:
    stopped = replace(record(1, Status.PRUNED, 0.1), epochs=1)
    failed = replace(record(2, Status.FAILED, math.nan), epochs=0)
    board.phase("search", 4, [record(0, Status.LEARNING, 0.5), stopped, failed])
    assert board.saved == Saved(epochs=2, planned=6)


def test_trials_that_others_trained_come_with_their_curves(board: Board, study: StudyFolder) -> None:
    _, learned, *_ = Study(study).records()
    board.phase("search", 4, [])
    board.trial_started("search", 1, learned.recipe)
    board.trial_finished("search", learned)
    assert board.curve("search", 1) == [-0.5, 0.25, 0.75]
    board.epoch_finished("search", 9, epoch(1, 0.0))  # taken back from someone who has died
    assert not board.at_work


def test_best_trials_of_earlier_runs_come_with_their_curves(board: Board, study: StudyFolder) -> None:
    board.phase("search", 4, Study(study).records())
    assert board.best[0].number == 1
    assert board.curve("search", 1) == [-0.5, 0.25, 0.75]


def test_worker_that_starts_over_reports_epochs_again(board: Board) -> None:
    board.trial_started("search", 4, {})
    board.epoch_finished("search", 4, epoch(1, 0.2))
    board.epoch_finished("search", 4, epoch(2, 0.1))
    board.epoch_finished("search", 4, epoch(1, 0.0))
    assert board.running["search", 4].epoch == 1
    assert board.running["search", 4].curve == [0.0]


def test_plain_lines_say_what_began_and_what_ended(study: StudyFolder) -> None:
    file = io.StringIO()
    progress = PlainProgress(Console(file=file, width=1000, markup=False, highlight=False))
    progress.prepared(prepare("sine.yaml"), study)
    progress.phase("baseline", 3, [record(number, Status.SLOW, -1.0) for number in range(3)])
    progress.step("diagnosis")
    progress.diagnosed("The loss is stuck.")
    progress.phase("search", 4, [record(0, Status.PRUNED, 0.1)])
    progress.trial_started("search", 1, {"scaling": "minmax"})
    progress.epoch_finished("search", 1, epoch(1, 0.5))
    progress.trial_finished("search", record(1, Status.LEARNING, 0.731, {"scaling": "minmax"}))
    progress.trial_finished(
        "search", record(2, Status.FAILED, math.nan, {"depth": 2}, error="ValueError: no")
    )
    progress.phase("confirmation", 0, [])
    progress.step("conclusion")
    *_, baseline, diagnosing, diagnosed, begun, learning, failed, over, concluding = (
        file.getvalue().splitlines()
    )
    assert baseline == "baseline: 3 trainings, 3 done already"
    assert diagnosing == "diagnosis: looking for the cause"
    assert diagnosed == "diagnosis: The loss is stuck."
    left = r"about [\d.]+ (s|min) \(\d+ s to [\d.]+ min\) left"
    assert re.fullmatch(rf"search: 4 trainings, 1 done already, {left}", begun)
    assert learning == "search 2/4: learning, skill 0.73, 10.0 s, scaling=minmax"
    assert failed == "search 3/4: failed, ValueError: no, depth=2"
    assert over.startswith("search: 3 trials, ")
    assert concluding == "conclusion: reading the test split, writing the results"
    assert "not tried: recurrent_initializer" in file.getvalue()


def test_plain_lines_count_the_trainings_that_are_known(study: StudyFolder) -> None:
    file = io.StringIO()
    progress = PlainProgress(Console(file=file, width=1000, markup=False, highlight=False))
    progress.prepared(prepare("sine.yaml"), study)
    progress.phase("search", 1, [record(0, Status.LEARNING, 0.7, {"scaling": "minmax", "depth": 1})])
    for total, number in ((2, 0), (3, 2)):  # an ablation turns out to need more
        progress.phase("ablation", total, [record(one, Status.FLAT, 0.0) for one in range(number)])
        progress.trial_started("ablation", number, {"depth": 1})
        progress.trial_finished("ablation", record(number, Status.FLAT, 0.0, {"depth": 1}))
    lines = [line for line in file.getvalue().splitlines() if line.startswith("ablation ")]
    assert [line.partition(":")[0] for line in lines] == ["ablation 1/2", "ablation 3/3"]


@pytest.fixture
def watched(study: StudyFolder) -> LiveProgress:
    """A run in the midst of its search."""
    progress = LiveProgress(Console(file=io.StringIO()))
    Board.prepared(progress, prepare("sine.yaml"), study)
    progress.phase("baseline", 3, [record(number, Status.SLOW, -1.0) for number in range(3)])
    progress.step("diagnosis")
    progress.diagnosed("The loss is stuck most likely because " + "y was never scaled, " * 20)
    progress.phase("search", 40, Study(study).records())
    for number in range(7, 9):
        progress.trial_started("search", number, {"scaling": "minmax", "kernel_initializer": "glorot" * 15})
        progress.epoch_finished("search", number, epoch(1, 0.25))
        progress.epoch_finished("search", number, epoch(2, 0.5))
    return progress


def seen(board: Board, screen: Screen) -> list[str]:
    """The lines of the view."""
    file = io.StringIO()
    console = Console(file=file, width=screen.width, height=screen.height, markup=False, highlight=False)
    console.print(live_view(board, screen))
    return file.getvalue().splitlines()


def test_a_baseline_that_learns_is_searched_for_only_because_it_plateaued(board: Board) -> None:
    def said() -> str:
        return next(line for line in seen(board, Screen(80, 24)) if "as it is" in line)

    board.phase("baseline", 3, [record(number, Status.LEARNING, 0.6) for number in range(3)])
    board.step("conclusion")
    assert "learning" in said()
    board.phase("search", 4, [])
    assert "plateaued" in said()
    board.finished["baseline"][2] = record(2, Status.FLAT, 0.0)
    assert "learning" in said()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_live_lines_fit_and_keep_their_figures(watched: LiveProgress, width: int) -> None:
    lines = seen(watched, Screen(width, 24))
    text = "\n".join(lines)
    assert "4 of 40 trainings" in text
    assert re.search(r"1 +1 +learning +0.75 +▁▃▆ +scaling=minmax", text)
    assert re.search(r"baseline +slow +-1.00 +▁▁▁ +as it is", text)
    assert re.search(r"7 +epoch 2/3 +0.50 +▃▅ +scaling=minmax", text)
    assert all(cell_len(line) <= width for line in lines)


def test_low_windows_show_the_most_important_lines(watched: LiveProgress) -> None:
    for height in range(6, 25):
        lines = seen(watched, Screen(80, height))
        assert len(lines) < height
        text = "\n".join(lines)
        assert "4 of 40 trainings" in text
        assert " left" in text
        assert "scaling=minmax" in text


@pytest.mark.parametrize("width", [60, 80])
def test_columns_stay_whole_while_the_results_are_written(watched: LiveProgress, width: int) -> None:
    watched.phase("ablation", 6, [record(number, Status.FLAT, -1.0) for number in range(6)])
    watched.step("conclusion")
    text = "\n".join(seen(watched, Screen(width, 24)))
    assert re.search(r"confirmation .*\nablation +\S+ +6 of 6 trainings *\n", text)
    assert "conclusion    reading the test split, writing the " in text


def test_terminals_without_block_characters_get_ascii(watched: LiveProgress) -> None:
    lines = seen(watched, Screen(80, 24, ascii_only=True))
    assert re.search(r"learning +0.75 +_-\*", "\n".join(lines))


@pytest.mark.parametrize(
    ("settings", "environment", "draws"),
    [
        ({}, {}, True),
        ({"width": 59}, {}, False),
        ({"height": 5}, {}, False),
        ({"force_terminal": False}, {}, False),
        ({}, {"CI": "true"}, False),
        ({}, {"CI": "false"}, True),
        ({"_environ": {"TERM": "dumb"}}, {}, False),
    ],
)
def test_lines_stay_in_place_only_where_they_can(
    settings: dict[str, Any], environment: dict[str, str], draws: bool
) -> None:
    size = {"width": 80, "height": 24}
    terminal: dict[str, Any] = {"force_terminal": True, "_environ": {"TERM": "xterm"}} | size
    assert can_draw(Console(**(terminal | settings)), environment) is draws


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


def test_text_from_a_recipe_is_taken_literally(study: StudyFolder) -> None:
    file = io.StringIO()
    progress = PlainProgress(Console(file=file, width=1000, markup=False, highlight=False))
    progress.prepared(prepare("sine.yaml"), study)
    progress.trial_finished("search", record(1, Status.LEARNING, 0.5, {"scaling": "[bold]x[/bold]"}))
    assert "scaling=[bold]x[/bold]" in file.getvalue()
