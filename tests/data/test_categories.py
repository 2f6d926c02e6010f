"""Text and truth values among the features, and missing cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from remedy.data import Dataset, Split
from remedy.data.dataset import named_inputs

Load = Callable[..., Dataset]
ROWS = 60
CITIES = ["Bonn", "Aachen", "Ulm"]


@pytest.fixture
def frame() -> pd.DataFrame:
    rows = np.arange(ROWS)
    return pd.DataFrame({"x": rows, "city": [CITIES[row % 3] for row in rows], "y": rows % 7, "z": rows % 5})


def _parts(dataset: Dataset) -> tuple[Split, Split, Split]:
    return dataset.train, dataset.validation, dataset.test


@given(labels=st.lists(st.sampled_from(["b", "a", "B", "é", "a b"]), min_size=ROWS, max_size=ROWS))
def test_text_is_one_hot_encoded_as_scikit_learn_does(load: Load, labels: list[str]) -> None:
    frame = pd.DataFrame({"c": labels, "y": np.arange(ROWS) % 7})
    expected = OneHotEncoder(sparse_output=False).fit_transform(frame[["c"]])
    dataset = load(frame, ["y"])
    assert dataset.features == tuple(f"c={label}" for label in sorted(set(labels)))
    for part in _parts(dataset):
        np.testing.assert_array_equal(named_inputs(part.X)["X"], expected[part.target_rows])


def test_the_encoding_stands_in_the_place_of_its_column_and_is_told(load: Load, frame: pd.DataFrame) -> None:
    dataset = load(frame, ["y"])
    assert dataset.features == ("x", "city=Aachen", "city=Bonn", "city=Ulm", "z")
    assert (
        "Column 'city' holds text: one-hot encoded into 3 features (city=Aachen, city=Bonn, city=Ulm); "
        "set data.categorical to change that."
    ) in dataset.notes


@pytest.mark.parametrize("categorical", ["one_hot", {"city": "one_hot"}])
def test_what_was_asked_for_needs_no_note(load: Load, frame: pd.DataFrame, categorical: Any) -> None:
    dataset = load(frame, ["y"], categorical=categorical)
    assert dataset.features == load(frame, ["y"]).features
    assert not any("city" in note for note in dataset.notes)


def test_a_split_may_lack_a_label_that_another_has(load: Load, frame: pd.DataFrame) -> None:
    frame["city"] = ["a"] * 50 + ["b"] * 10
    dataset = load(frame, ["y"], split={"by": "time"})
    assert dataset.input_shapes == {"X": (4,)}
    assert named_inputs(dataset.train.X)["X"][:, 1:3].tolist() == [[1, 0]] * 42


def test_truth_values_are_two_labels(load: Load, frame: pd.DataFrame) -> None:
    dataset = load(frame.assign(city=frame["x"] > 20), ["y"])
    assert dataset.features == ("x", "city=0", "city=1", "z")
    assert any("'city' holds truth values: one-hot" in note for note in dataset.notes)


def test_more_labels_than_fifty_have_to_be_asked_for(load: Load) -> None:
    frame = pd.DataFrame({"id": [f"c{row % 55}" for row in range(220)], "y": np.arange(220) % 7})
    assert len(load(frame, ["y"], categorical="one_hot").features) == 55
    assert len(load(frame, ["y"], categorical={"id": "one_hot"}).features) == 55


@pytest.mark.parametrize("window", [None, {"length": 3}])
@pytest.mark.parametrize("categorical", ["integer", {"city": "integer"}])
def test_integers_are_an_input_of_their_own(
    load: Load, frame: pd.DataFrame, categorical: Any, window: dict[str, int] | None
) -> None:
    codes = OrdinalEncoder().fit_transform(frame[["city"]])[:, 0]
    dataset = load(frame, ["y"], categorical=categorical, window=window)
    assert dataset.features == ("x", "z", "city")
    for part in _parts(dataset):
        assert isinstance(part.X, dict)
        assert list(part.X) == ["X", "city"]
        assert part.X["city"].dtype == np.int64
        np.testing.assert_array_equal(part.X["city"], codes[part.rows])
        rows = part.rows if window else part.target_rows
        np.testing.assert_array_equal(part.X["X"], frame[["x", "z"]].to_numpy(np.float64)[rows])
    assert (
        "Column 'city' is an input of its own, named 'city', of integers from 0 to 2 "
        "(0: Aachen, 1: Bonn, 2: Ulm)."
    ) in dataset.notes


def test_without_other_features_the_codes_are_all_there_is(load: Load, frame: pd.DataFrame) -> None:
    dataset = load(frame, ["y"], features=["city"], categorical="integer", window={"length": 3})
    assert dataset.input_shapes == {"city": (3,)}


def test_whole_numbers_may_be_declared_labels(load: Load, frame: pd.DataFrame) -> None:
    dataset = load(frame, ["y"], categorical={"z": "one_hot", "city": "drop"})
    assert dataset.features == ("x", "z=0", "z=1", "z=2", "z=3", "z=4")


def test_a_rule_for_all_text_leaves_numbers_alone(load: Load, frame: pd.DataFrame) -> None:
    assert load(frame, ["y"], categorical="integer").input_shapes == {"X": (2,), "city": (1,)}


def test_the_past_of_a_class_may_be_a_feature(load: Load, frame: pd.DataFrame) -> None:
    dataset = load(frame[["city"]], ["city"], window={"length": 4})
    assert dataset.task == "multiclass"
    assert dataset.features == ("city=Aachen", "city=Bonn", "city=Ulm")
    assert named_inputs(dataset.train.X)["X"].shape[1:] == (4, 3)


@pytest.mark.parametrize("missing", ["", "NA", "nan"])
def test_missing_numbers_reach_the_model_as_nan_and_are_counted(load: Load, missing: str) -> None:
    cells = [missing if row % 3 == 0 else f"{row}" for row in range(ROWS)]
    dataset = load("x,y\n" + "".join(f"{cell},{row % 7}\n" for row, cell in enumerate(cells)), ["y"])
    for part in _parts(dataset):
        rows = part.target_rows
        np.testing.assert_array_equal(named_inputs(part.X)["X"][:, 0], np.where(rows % 3, rows, np.nan))
    assert (
        "Column 'x' has 20 missing cells; "
        "they reach the model as NaN unless the fix imputation fills them in."
    ) in dataset.notes


def test_several_columns_with_missing_cells_are_one_note(load: Load, frame: pd.DataFrame) -> None:
    holes = frame[["x", "z"]].mask(frame[["x", "z"]] == 4)
    dataset = load(frame.assign(**holes), ["y"])
    assert any(note.startswith("Columns 'x' (1), 'z' (12) have missing cells;") for note in dataset.notes)


def test_complete_columns_need_no_note(load: Load, frame: pd.DataFrame) -> None:
    assert not any("missing" in note for note in load(frame, ["y"]).notes)
