"""The figures of the speed benchmark are those that its rows say, and its table shows what was measured."""

from __future__ import annotations

import math
from typing import Any

from benchmarks.speed.figures import (
    best_skill,
    epochs_per_second,
    growth,
    memory_per_trial,
    milliseconds_per_epoch,
    peak_memory,
    runs,
    seconds_per_trial,
    seconds_to,
    share_in_steps,
    spread,
    start_up,
    steps_against,
)
from benchmarks.speed.rows import Row
from benchmarks.speed.table import BOOKKEEPING, FULL, HYPERBAND, PLAIN, SEARCH, XLA_FLOOR, markdown


def row(subject: str = FULL, **changes: Any) -> Row:
    fields: dict[str, Any] = {
        "subject": subject,
        "repeat": 0,
        "trial": 0,
        "began": 5.0,
        "ended": 10.0,
        "skill": 0.2,
        "epochs": 10,
        "seconds": 4.0,
        "step_seconds": 3.0,
        "graph": "depth 1",
        "memory": 500.0,
    }
    return Row(**fields | changes)


RUN = [
    row(ended=9.0),
    row(trial=1, ended=10.0, skill=0.6),
    row(trial=2, ended=13.0, graph="depth 2", step_seconds=6.0),
    row(trial=3, ended=15.0, skill=0.9, memory=550.0),
]


def test_time_counts_from_the_start_of_the_process_and_pace_from_that_of_the_search() -> None:
    assert start_up(RUN) == 5.0
    assert seconds_per_trial(RUN) == 2.5
    assert epochs_per_second(RUN) == 4.0
    assert (seconds_to(RUN, 0.5), seconds_to(RUN, 0.9), seconds_to(RUN, 0.95)) == (10.0, 15.0, math.inf)


def test_the_share_in_steps_leaves_out_each_workers_first_trial() -> None:
    assert share_in_steps(RUN, workers=2) == (6 + 3) / (2 * 5)
    assert share_in_steps(RUN, workers=1) == (3 + 6 + 3) / 6


def test_steps_are_compared_graph_by_graph() -> None:
    floor = [[row(XLA_FLOOR, seconds=2.0), row(XLA_FLOOR, seconds=4.0, graph="depth 2")]]
    assert steps_against(RUN, floor) == (3 / 2 + 6 / 4) / 2
    assert steps_against(RUN, [[row(XLA_FLOOR, graph="depth 9")]]) is None


def test_memory_and_bookkeeping() -> None:
    long = [row(trial=number, memory=500.0 + 10 * number) for number in range(7)]
    assert peak_memory(long) == 560.0
    assert memory_per_trial(long) == 10.0
    assert memory_per_trial(RUN) is None
    assert growth(RUN, 1, 4) == 1.1
    assert growth(RUN, 1, 5) is None
    assert milliseconds_per_epoch([row(BOOKKEEPING, seconds=2.0, epochs=400)]) == 5.0


def test_runs_are_told_apart_and_put_in_order() -> None:
    other = [row(repeat=1, trial=number, ended=ended) for number, ended in ((0, 9.0), (1, 8.0))]
    found = runs([*reversed(RUN), *other, row(PLAIN, skill=0.97)])
    assert [len(run) for run in found[FULL]] == [4, 2]
    assert [one.ended for one in found[FULL][1]] == [8.0, 9.0]
    assert best_skill(found) == 0.97


def test_a_figure_that_a_run_lacks_is_left_out() -> None:
    assert spread([RUN, RUN[:1]], seconds_per_trial) == (3.25, 2.5, 4.0)
    assert spread([RUN, RUN[:1]], lambda run: growth(run, 1, 4)) is None
    assert spread([], seconds_per_trial) is None


def test_the_table_has_what_was_measured_and_the_ratios_of_the_medians() -> None:
    slow = [row(PLAIN, trial=number, ended=5.0 + 10 * number, skill=0.91) for number in (1, 2)]
    quick = [row(SEARCH, ended=7.5, skill=0.89)]
    text = markdown([*RUN, *slow, *quick])
    assert (
        f"| {FULL} | 1 of 4 | 2.50 (2.50 to 2.50) | 4.0 (4.0 to 4.0) | 10 (10 to 10) | 15 (15 to 15) |"
        in text
    )
    assert f"| seconds per trial, {PLAIN} / {FULL} | 4.0x (4.0x to 4.0x) |" in text
    near = f"time to within 0.02 of the best skill, {PLAIN} / {SEARCH}"
    assert f"| {near} | 2.0x (2.0x to 2.0x) |" in text
    assert HYPERBAND not in text
    assert "memory of a worker" not in text


def test_a_skill_that_was_not_reached_is_said_so() -> None:
    plain = [
        row(PLAIN, repeat=number, ended=20.0 + 10 * number, skill=skill)
        for number, skill in enumerate((0.99, 0.99, 0.5))
    ]
    text = markdown([*RUN, *plain, row(SEARCH, ended=10.0, skill=0.99)])
    assert (
        f"| {FULL} | 1 of 4 | 2.50 (2.50 to 2.50) | 4.0 (4.0 to 4.0) | 10 (10 to 10) | not reached |" in text
    )
    ratio = f"time to within 0.02 of the best skill, {PLAIN} / {SEARCH}"
    assert f"| {ratio} | 3.0x (2.0x to not reached) |" in text
    assert ratio not in markdown([*plain, *RUN, row(SEARCH, skill=0.5)])
