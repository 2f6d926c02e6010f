from __future__ import annotations

import numpy as np
import pytest

from remedy.data import Split
from remedy.diagnosis.learnability.rows import overlapping_samples, pick_rows
from tests.diagnosis.samples import windows


def _split(X: np.ndarray, y: np.ndarray, rows: np.ndarray | None = None) -> Split:
    rows = np.arange(len(y))[:, np.newaxis] if rows is None else rows
    return Split(X=X, y=y, rows=rows, target_rows=rows[:, -1])


def _pick(split: Split) -> tuple[np.ndarray, np.ndarray | None]:
    rows = pick_rows(split, np.random.default_rng(0))
    return rows.samples, rows.steps


def test_a_small_split_is_looked_at_as_a_whole() -> None:
    samples, steps = _pick(_split(np.zeros((4999, 2)), np.zeros((4999, 1))))
    assert samples.tolist() == list(range(4999))
    assert steps is None


@pytest.mark.parametrize("period", [2, 3, 7])
def test_rows_are_spread_evenly_and_out_of_step_with_any_period(period: int) -> None:
    samples, _ = _pick(_split(np.zeros((30_000, 1)), np.zeros((30_000, 1))))
    assert len(np.unique(samples)) == 5000
    assert (np.histogram(samples, bins=10, range=(0, 30_000))[0] == 500).all()
    assert np.bincount(samples % period) / 5000 == pytest.approx(1 / period, abs=0.03)


def test_large_samples_are_looked_at_in_smaller_numbers() -> None:
    images = np.broadcast_to(np.uint8(0), (10_000, 1024, 1024, 1))
    assert len(_pick(_split(images, np.zeros((10_000, 1))))[0]) == 1024


def test_every_step_of_a_target_gets_its_turn() -> None:
    samples, steps = _pick(_split(np.zeros((900, 40, 1)), np.zeros((900, 40, 1))))
    assert steps is not None
    assert len(samples) == len(steps) == 4500
    assert len(set(zip(samples.tolist(), steps.tolist(), strict=True))) == 4500
    assert np.bincount(steps, minlength=40) == pytest.approx(4500 / 40, rel=0.1)
    samples, steps = _pick(_split(np.zeros((100, 40, 1)), np.zeros((100, 40, 1))))
    assert len(samples) == 4000


@pytest.mark.parametrize(("length", "stride", "reach"), [(12, 1, 12), (12, 5, 3), (4, 4, 1)])
def test_the_reach_of_windows_is_read_off_their_rows(length: int, stride: int, reach: int) -> None:
    X, y, rows = (part[::stride] for part in windows(np.random.default_rng(0).normal(size=900), length))
    generator = np.random.default_rng(0)
    by_rows, by_contents = _split(X, y, rows), _split(X, y)
    assert overlapping_samples(by_rows, pick_rows(by_rows, generator)) == reach
    assert overlapping_samples(by_contents, pick_rows(by_contents, generator)) == reach


def test_fewer_of_the_chosen_samples_overlap_than_of_all() -> None:
    split = _split(*windows(np.random.default_rng(0).normal(size=20_010), 10))
    assert overlapping_samples(split, pick_rows(split, np.random.default_rng(0))) == 3


def test_plain_rows_do_not_overlap() -> None:
    split = _split(np.random.default_rng(0).normal(size=(50, 3)), np.zeros((50, 1)))
    assert overlapping_samples(split, pick_rows(split, np.random.default_rng(0))) == 1
