from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from remedy.data import Dataset, Split
from remedy.errors import DataError
from tests.conftest import only_input

Load = Callable[..., Dataset]


@st.composite
def _panels(draw: st.DrawFn) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Several series in one file, shuffled or not, and how to cut them."""
    groups = draw(st.integers(1, 6))
    sizes = draw(st.lists(st.integers(10, 60), min_size=groups, max_size=groups))
    frame = pd.DataFrame(
        {
            "station": np.repeat(np.arange(groups), sizes),
            "t": np.concatenate([np.arange(size) for size in sizes]),
        }
    )
    generator = np.random.default_rng(draw(st.integers(0, 100)))
    if draw(st.booleans()):
        frame = frame.iloc[generator.permutation(len(frame))].reset_index(drop=True)
    frame["a"] = generator.normal(size=len(frame))
    frame["y"] = generator.normal(size=len(frame))
    settings: dict[str, Any] = {
        "window": {
            "length": draw(st.integers(1, 6)),
            "horizon": draw(st.integers(1, 3)),
            "stride": draw(st.integers(1, 3)),
        },
        "split": {
            "validation": 0.3,
            "test": 0.2,
            "by": draw(st.sampled_from([None, "time", "random", "group"])),
        },
        "group": "station",
        "features": ["a", "y"],
    }
    if draw(st.booleans()):
        settings["time"] = "t"
    return frame, settings


def _load(load: Load, frame: pd.DataFrame, settings: dict[str, Any]) -> Dataset:
    try:
        return load(frame, ["y"], **settings)
    except DataError:
        reject()


def _parts(dataset: Dataset) -> tuple[Split, Split, Split]:
    return dataset.train, dataset.validation, dataset.test


def _used_rows(split: Split) -> set[int]:
    return set(split.rows.ravel().tolist()) | set(split.target_rows.tolist())


@given(panel=_panels())
def test_no_row_is_seen_by_two_splits(load: Load, panel: tuple[pd.DataFrame, dict[str, Any]]) -> None:
    train, validation, test = (_used_rows(part) for part in _parts(_load(load, *panel)))
    assert not train & validation
    assert not train & test
    assert not validation & test


@given(panel=_panels())
def test_no_window_reaches_into_another_group(load: Load, panel: tuple[pd.DataFrame, dict[str, Any]]) -> None:
    station = panel[0]["station"].to_numpy()
    for part in _parts(_load(load, *panel)):
        assert (station[part.rows] == station[part.target_rows][:, np.newaxis]).all()


@given(panel=_panels())
def test_x_and_y_are_the_rows_that_the_sample_claims(
    load: Load, panel: tuple[pd.DataFrame, dict[str, Any]]
) -> None:
    frame, settings = panel
    for part in _parts(_load(load, frame, settings)):
        np.testing.assert_array_equal(part.X, frame[["a", "y"]].to_numpy(np.float64)[part.rows])
        np.testing.assert_array_equal(part.y, frame[["y"]].to_numpy(np.float64)[part.target_rows])
        assert part.persistence is not None
        np.testing.assert_array_equal(part.persistence, only_input(part.X)[:, -1, 1:])


@given(panel=_panels())
def test_a_window_is_a_gapless_stretch_of_its_series_and_the_target_lies_horizon_rows_later(
    load: Load, panel: tuple[pd.DataFrame, dict[str, Any]]
) -> None:
    frame, settings = panel
    order = "t" if "time" in settings else None
    place = frame["t"].to_numpy() if order else frame.groupby("station").cumcount().to_numpy()
    for part in _parts(_load(load, frame, settings)):
        assert part.rows.shape[1] == settings["window"]["length"]
        assert (np.diff(place[part.rows], axis=1) == 1).all()
        assert (place[part.target_rows] - place[part.rows[:, -1]] == settings["window"]["horizon"]).all()


@given(panel=_panels())
def test_windows_start_a_stride_apart(load: Load, panel: tuple[pd.DataFrame, dict[str, Any]]) -> None:
    frame, settings = panel
    settings = settings | {"time": "t", "split": {"validation": 0.3, "test": 0.2, "by": "time"}}
    place, station = frame["t"].to_numpy(), frame["station"].to_numpy()
    for part in _parts(_load(load, frame, settings)):
        for group in np.unique(station[part.target_rows]):
            starts = place[part.rows[station[part.target_rows] == group, 0]]
            assert (np.diff(starts) == settings["window"]["stride"]).all()


def test_every_window_that_fits_is_there(load: Load) -> None:
    frame = pd.DataFrame({"y": np.arange(100) % 13})
    dataset = load(frame, ["y"], window={"length": 4, "horizon": 2}, split={"validation": 0.2, "test": 0.1})
    assert dataset.train.rows[:, 0].tolist() == list(range(65))
    assert dataset.train.target_rows.tolist() == list(range(5, 70))
    assert dataset.validation.rows[:, 0].tolist() == list(range(70, 85))
    assert dataset.test.rows[:, 0].tolist() == list(range(90, 95))


def test_arrays_are_contiguous_for_the_training(load: Load) -> None:
    frame = pd.DataFrame({"a": np.arange(100), "y": np.arange(100) % 13})
    assert only_input(load(frame, ["y"], window={"length": 4}).train.X).flags.c_contiguous
    assert only_input(load(frame, ["y"]).train.X).flags.c_contiguous


def test_without_a_window_each_row_is_a_sample(load: Load) -> None:
    frame = pd.DataFrame({"a": np.arange(50), "y": np.arange(50) % 13})
    dataset = load(frame, ["y"])
    assert only_input(dataset.train.X).shape == (35, 1)
    assert dataset.train.rows.shape == (35, 1)
    np.testing.assert_array_equal(dataset.train.rows[:, 0], dataset.train.target_rows)
    np.testing.assert_array_equal(only_input(dataset.train.X)[:, 0], dataset.train.target_rows)


@pytest.mark.parametrize("window", [{"length": 2**63 - 1}, {"length": 2, "horizon": [1, 2**63 - 1]}])
@pytest.mark.parametrize("by", ["time", "random", "group"])
def test_a_window_longer_than_anything_fits_nowhere(load: Load, window: dict[str, Any], by: str) -> None:
    frame = pd.DataFrame({"y": np.arange(60) % 7, "g": np.arange(60) // 10})
    with pytest.raises(DataError, match=r"60 rows leave no window of .* in the training split"):
        load(frame, ["y"], features=["y"], group="g", window=window, split={"by": by})
