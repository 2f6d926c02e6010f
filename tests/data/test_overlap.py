"""Windows that were cut before they came here: a random split of them tests on what was trained on."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remedy.config.experiment import Data
from remedy.data import Dataset
from remedy.data.array_dataset import split_arrays
from remedy.data.array_source import RawData, Samples
from remedy.data.overlap import Overlap, find_overlap
from remedy.data.user_arrays import raw_data
from remedy.errors import DataError

SERIES = np.random.default_rng(0).normal(size=(3000, 2)).cumsum(axis=0)


def _windows(
    length: int, stride: int = 1, samples: int = 300, columns: int = 2, first: int = 0
) -> np.ndarray:
    starts = first + stride * np.arange(samples)
    return SERIES[starts[:, np.newaxis] + np.arange(length), :columns]


def _next(length: int, stride: int = 1, samples: int = 300, horizon: int = 1) -> np.ndarray:
    """The targets of `_windows`: the values behind each window, `(samples, horizon)`."""
    return _windows(horizon, stride, samples, 1, first=length)[..., 0]


def _split(X: Any, y: Any, **section: Any) -> Dataset:
    return split_arrays(raw_data("it", (X, y)), Data(source=Path("it.npz"), **section), None)


def _overlap(X: np.ndarray, y: np.ndarray | None = None) -> Overlap | None:
    return find_overlap({"X": X}, np.zeros((len(X), 1)) if y is None else y, np.arange(len(X)))


@pytest.mark.parametrize("split", [{}, {"by": "time"}])
@given(length=st.integers(2, 12), stride=st.integers(1, 12), horizon=st.integers(1, 20))
def test_no_step_of_one_split_is_seen_in_another(
    split: dict[str, Any], length: int, stride: int, horizon: int
) -> None:
    X, y = _windows(length, stride, 200), _next(length, stride, 200, horizon)
    dataset = _split(X, y, split={"test": 0.15} | split)
    if stride >= length:
        assert dataset.split_by == split.get("by", "random")
        assert not any("overlap" in note for note in dataset.notes)
        return
    assert dataset.split_by == "time"
    parts = (dataset.train, dataset.validation, dataset.test)
    for steps in (range(length), range(length, length + horizon)):
        rows = [{int(at) * stride + step for at in part.target_rows for step in steps} for part in parts]
        assert len(set.union(*rows)) == sum(map(len, rows))


def test_what_is_left_out_is_at_the_beginning_of_validation_and_test() -> None:
    dataset = _split(_windows(24, 5), _next(24, 5))
    assert dataset.train.target_rows.tolist() == list(range(210))
    assert dataset.validation.target_rows.tolist() == list(range(214, 270))
    assert dataset.test.target_rows.tolist() == list(range(274, 300))
    assert any("each has 19 of its 24 steps in common with the next" in note for note in dataset.notes)
    assert any("the first 4 of validation and of test" in note for note in dataset.notes)
    assert not any("have no order" in note for note in dataset.notes)


def test_a_random_split_of_overlapping_windows_is_kept_when_asked_for_but_warned_of() -> None:
    X, y = _windows(10), _next(10)
    dataset = _split(X, y, split={"by": "random"})
    assert dataset.split_by == "random"
    assert len(dataset.train) + len(dataset.validation) + len(dataset.test) == 300
    assert any("skill will look better than it is" in note for note in dataset.notes)


def test_splits_that_the_source_gives_are_its_own_business() -> None:
    X, y = _windows(10), _next(10)
    whole = {"train": (X[:200], y[:200]), "validation": (X[200:250], y[200:250]), "test": (X[250:], y[250:])}
    dataset = split_arrays(raw_data("it", whole), Data(source=Path("it.npz")), None)
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [200, 50, 50]
    assert not any("overlap" in note for note in dataset.notes)
    del whole["validation"]
    dataset = split_arrays(raw_data("it", whole), Data(source=Path("it.npz")), None)
    assert dataset.train.target_rows.tolist() == list(range(160))
    assert dataset.validation.target_rows.tolist() == list(range(169, 200))
    assert len(dataset.test) == 50
    assert any("by time" in note for note in dataset.notes)
    assert any("the first 9 of validation, which" in note for note in dataset.notes)


def test_a_split_that_overlaps_altogether_says_so() -> None:
    with pytest.raises(DataError, match=r"none of the 30 samples of the test split .* more than 39 samples"):
        _split(_windows(40), _next(40))


def test_the_input_that_overlaps_most_counts() -> None:
    X = {
        "static": SERIES[:300],
        "short": _windows(5),
        "long": _windows(20),
        "images": np.ones((300, 4, 4, 1)),
    }
    assert find_overlap(X, np.zeros((300, 1)), np.arange(300)) == Overlap(steps=20, shared=19, gap=19)


@given(length=st.integers(2, 30), stride=st.integers(1, 29), gaps=st.booleans())
def test_the_stride_is_found(length: int, stride: int, gaps: bool) -> None:
    X = _windows(length, stride, 80)
    if gaps:
        X = np.where(X % 1 < 0.1, np.nan, X)
    expected = Overlap(length, length - stride, math.ceil(length / stride) - 1) if stride < length else None
    assert _overlap(X) == expected


def test_several_series_one_after_the_other_overlap_too() -> None:
    X = np.concatenate([_windows(10, samples=50, first=first) for first in (0, 500, 1000, 1500)])
    assert _overlap(X) == Overlap(10, 9, 9)
    assert _overlap(X[np.random.default_rng(0).permutation(200)]) is None


def test_targets_that_reach_further_than_the_window_widen_the_gap() -> None:
    assert _overlap(_windows(5), _next(5, horizon=12)) == Overlap(5, 4, 11)
    assert _overlap(_windows(5), np.random.default_rng(0).normal(size=(300, 12))) == Overlap(5, 4, 4)
    assert _overlap(_windows(5), _windows(12, columns=1, first=5)) == Overlap(5, 4, 11)


def test_margins_that_all_samples_share_are_no_overlap() -> None:
    images = np.zeros((300, 12, 8))
    images[:, 3:9, 2:6] = np.random.default_rng(0).random((300, 6, 4))
    assert _overlap(images) is None
    images[::25, 0] = images[::25, -1] = 1 + np.arange(12)[:, np.newaxis]
    assert _overlap(images) is None
    assert _overlap(np.zeros((300, 12, 8))) is None


def test_stretches_without_change_do_not_hide_an_overlap() -> None:
    rain = np.where(np.random.default_rng(1).random(1000) < 0.02, np.arange(1000.0), 0)
    X = rain[np.arange(900)[:, np.newaxis] + np.arange(24)][..., np.newaxis]
    assert _overlap(X) == Overlap(24, 23, 23)


@pytest.mark.parametrize("samples", [1, 2, 5])
def test_few_samples_are_no_evidence(samples: int) -> None:
    assert _overlap(_windows(4, samples=samples)) is None


def test_windows_on_disk_are_noticed(tmp_path: Path) -> None:
    np.save(tmp_path / "X.npy", _windows(10).astype(np.float32))
    X = np.load(tmp_path / "X.npy", mmap_mode="r")
    raw = RawData("X.npy", {"all": Samples({"X": X}, _next(10))})
    dataset = split_arrays(raw, Data(source=Path("X.npy")), None, memory_bytes=100)
    assert (dataset.split_by, len(dataset.train), len(dataset.test)) == ("time", 210, 21)
    assert isinstance(dataset.test.X, np.memmap)
