from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from remedy.data import Dataset
from tests.conftest import only_input

Load = Callable[..., Dataset]
ROWS = 90


@pytest.fixture
def frame() -> pd.DataFrame:
    rows = np.arange(ROWS)
    return pd.DataFrame({"t": rows, "station": rows % 3, "a": rows * 2, "y": rows % 11, "b": rows % 5})


def test_default_features_are_all_columns_but_target_time_and_group(load: Load, frame: pd.DataFrame) -> None:
    dataset = load(frame, ["y"], time="t", group="station")
    assert dataset.features == ("a", "b")
    assert dataset.input_shape == (2,)


def test_named_features_keep_the_order_in_which_they_are_named(load: Load, frame: pd.DataFrame) -> None:
    dataset = load(frame, ["y"], features=["b", "a"])
    assert dataset.features == ("b", "a")
    np.testing.assert_array_equal(only_input(dataset.train.X)[:, 1], dataset.train.rows[:, 0] * 2)


def test_a_lone_series_is_predicted_from_its_own_past(load: Load, frame: pd.DataFrame) -> None:
    dataset = load(frame[["t", "y"]], ["y"], time="t", window={"length": 3})
    assert dataset.features == ("y",)
    assert "Features: the past of 'y', since there is no other column." in dataset.notes


def test_a_target_may_be_named_as_a_feature_of_a_window(load: Load, frame: pd.DataFrame) -> None:
    dataset = load(frame, ["y"], features=["y", "a"], window={"length": 3})
    assert dataset.features == ("y", "a")
    assert dataset.input_shape == (3, 2)


def test_x_is_float64_until_it_is_scaled(load: Load, frame: pd.DataFrame) -> None:
    assert only_input(load(frame, ["y"]).train.X).dtype == np.float64
    assert only_input(load(frame, ["y"], window={"length": 3}).train.X).dtype == np.float64


def test_persistence_is_the_last_target_that_a_window_has_seen(load: Load, frame: pd.DataFrame) -> None:
    dataset = load(frame, ["y"], window={"length": 3, "horizon": 2})
    persistence = dataset.validation.persistence
    assert persistence is not None
    assert persistence.dtype == np.float64
    np.testing.assert_array_equal(persistence[:, 0], (dataset.validation.target_rows - 2) % 11)


def test_there_is_no_persistence_without_windows_or_for_classes(load: Load, frame: pd.DataFrame) -> None:
    assert load(frame, ["y"]).train.persistence is None
    assert load(frame, ["y"], "multiclass", features=["a"], window={"length": 3}).train.persistence is None
