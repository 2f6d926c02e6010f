from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remedy.config.experiment import Split as Shares
from remedy.data import Dataset
from remedy.data.splits import assign_rows

Load = Callable[..., Dataset]
SHARES = Shares(validation=0.2, test=0.1)


def _rows(dataset: Dataset) -> list[list[int]]:
    return [part.target_rows.tolist() for part in (dataset.train, dataset.validation, dataset.test)]


def _numbers(rows: int) -> pd.DataFrame:
    return pd.DataFrame({"x": np.arange(rows), "y": np.random.default_rng(0).normal(size=rows)})


@given(rows=st.integers(20, 200), by=st.sampled_from(["time", "random"]), validation=st.floats(0.1, 0.4))
def test_every_row_goes_to_exactly_one_split(load: Load, rows: int, by: str, validation: float) -> None:
    dataset = load(_numbers(rows), ["y"], split={"validation": validation, "test": 0.1, "by": by})
    train, validated, test = _rows(dataset)
    assert sorted(train + validated + test) == list(range(rows))
    assert abs(len(validated) - validation * rows) <= 0.5 + 1e-9
    assert abs(len(test) - 0.1 * rows) <= 0.5 + 1e-9


@pytest.mark.parametrize("by", ["time", "random", "group"])
def test_a_split_depends_on_the_data_alone(load: Load, by: str) -> None:
    frame = _numbers(60).assign(group=np.arange(60) % 10)
    settings: dict[str, Any] = {"split": {"by": by}, "group": "group"}
    assert _rows(load(frame, ["y"], **settings)) == _rows(load(frame, ["y"], **settings))


def test_by_time_the_last_rows_validate_and_test(load: Load) -> None:
    train, validation, test = _rows(load(_numbers(100), ["y"], split={"by": "time"}))
    assert train == list(range(70))
    assert validation == list(range(70, 90))
    assert test == list(range(90, 100))


def test_a_time_column_decides_what_is_later(load: Load) -> None:
    frame = _numbers(100).iloc[::-1].assign(z=0)
    dataset = load(frame, ["y"], time="x")
    assert _rows(dataset)[2] == list(range(9, -1, -1))


@given(times=st.lists(st.integers(0, 30), min_size=40, max_size=120))
def test_rows_of_equal_time_stay_in_one_split(times: list[int]) -> None:
    ranks = np.array(times)
    splits = assign_rows("time", SHARES, np.zeros_like(ranks), ranks, np.zeros_like(ranks), None)
    for time in set(times):
        assert len(set(splits[ranks == time].tolist())) == 1
    assert (np.diff(splits[np.argsort(ranks, kind="stable")]) >= 0).all()


def test_groups_with_a_time_column_are_cut_at_the_same_times(load: Load) -> None:
    frame = pd.DataFrame({"station": np.repeat(["a", "b"], [50, 30]), "t": [*range(50), *range(20, 50)]})
    frame = frame.assign(x=1.0 * np.arange(80), y=np.arange(80) % 7)
    dataset = load(frame, ["y"], time="t", group="station", split={"by": "time"})
    time = frame["t"].to_numpy()
    train, validation, test = _rows(dataset)
    assert time[train].max() < time[validation].min()
    assert time[validation].max() < time[test].min()


def test_groups_without_a_time_column_are_each_cut_by_their_own_order(load: Load) -> None:
    frame = _numbers(100).assign(station=np.tile(["a", "b"], 50))
    dataset = load(frame, ["y"], features=["x"], group="station", split={"by": "time"})
    train, _, test = _rows(dataset)
    for station in (0, 1):
        assert [row for row in train if row % 2 == station] == list(range(station, 70, 2))
        assert [row for row in test if row % 2 == station] == list(range(90 + station, 100, 2))


@given(st.lists(st.sampled_from("aabbbbc"), min_size=60, max_size=150))
def test_at_random_every_split_has_the_same_mix_of_classes(labels: list[str]) -> None:
    codes = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    splits = assign_rows("random", SHARES, np.zeros_like(codes), None, codes, None)
    for code in np.unique(codes):
        of_class = splits[codes == code]
        for split, share in enumerate((0.7, 0.2, 0.1)):
            assert abs((of_class == split).sum() - share * len(of_class)) <= 2


def test_at_random_rows_are_really_shuffled() -> None:
    zeros = np.zeros(1000, dtype=np.int64)
    splits = assign_rows("random", SHARES, zeros, None, zeros, None)
    halves = [(part == 1).mean() for part in np.array_split(splits, 2)]
    assert halves == pytest.approx([0.2, 0.2], abs=0.03)


@given(rows=st.integers(60, 600), length=st.integers(1, 10))
def test_at_random_windows_come_from_blocks_that_share_no_row(load: Load, rows: int, length: int) -> None:
    dataset = load(_numbers(rows), ["y"], window={"length": length}, split={"by": "random"})
    parts = (dataset.train, dataset.validation, dataset.test)
    used = [set(part.rows.ravel().tolist()) | set(part.target_rows.tolist()) for part in parts]
    assert sum(len(rows) for rows in used) == len(set.union(*used))


def test_at_random_blocks_are_several_windows_long() -> None:
    zeros = np.zeros(10_000, dtype=np.int64)
    splits = assign_rows("random", SHARES, zeros, None, zeros, 25)
    runs = np.diff(np.flatnonzero(np.diff(splits)))
    assert runs.min() >= 4 * 25
    assert np.bincount(splits) / 10_000 == pytest.approx([0.7, 0.2, 0.1], abs=0.01)


@given(sizes=st.lists(st.integers(1, 30), min_size=3, max_size=40))
def test_whole_groups_are_dealt_out_near_the_shares(sizes: list[int]) -> None:
    groups = np.repeat(np.arange(len(sizes)), sizes)
    splits = assign_rows("group", SHARES, groups, None, np.zeros_like(groups), None)
    for group in range(len(sizes)):
        assert len(set(splits[groups == group].tolist())) == 1
    found = np.bincount(splits, minlength=3)
    assert (found > 0).all()
    assert (np.abs(found - len(groups) * np.array([0.7, 0.2, 0.1])) <= 2 * max(sizes)).all()


def test_ten_equal_groups_are_dealt_out_seven_two_one(load: Load) -> None:
    frame = _numbers(100).assign(station=np.arange(100) % 10)
    dataset = load(frame, ["y"], group="station", split={"by": "group"})
    assert [len({row % 10 for row in rows}) for rows in _rows(dataset)] == [7, 2, 1]


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({}, "at random"),
        ({"time": "x", "features": ["z"]}, "by time"),
        ({"window": {"length": 2}}, "by time"),
    ],
)
def test_the_user_is_told_which_rule_was_chosen(load: Load, settings: dict[str, Any], word: str) -> None:
    dataset = load(_numbers(100).assign(z=1.5), ["y"], **settings)
    assert any(note.startswith(f"Split {word}") and "data.split.by" in note for note in dataset.notes)


def test_a_declared_rule_needs_no_note(load: Load) -> None:
    assert not any("Split" in note for note in load(_numbers(100), ["y"], split={"by": "random"}).notes)
