from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from remedy.data import Dataset

Load = Callable[..., Dataset]
ROWS = 60
ZEROS_AND_ONES = np.arange(ROWS) % 2


def _frame(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"x": np.arange(ROWS)} | columns)


def test_numbers_are_a_regression_and_the_user_is_told_how_to_override(load: Load) -> None:
    dataset = load(_frame(y=np.arange(ROWS) % 5), ["y"])
    assert dataset.task == "regression"
    assert dataset.train.y.dtype == np.float64
    assert dataset.classes == ()
    assert dataset.output_units == 1
    assert "Task regression, since 'y' holds numbers; set task if they stand for classes." in dataset.notes


@pytest.mark.parametrize("values", [ZEROS_AND_ONES, ZEROS_AND_ONES.astype(float), ZEROS_AND_ONES == 1])
def test_zeros_and_ones_are_a_binary_task(load: Load, values: object) -> None:
    dataset = load(_frame(y=values), ["y"])
    assert dataset.task == "binary"
    assert dataset.classes == ("0", "1")
    assert dataset.train.y.dtype == np.float64
    np.testing.assert_array_equal(dataset.train.y[:, 0], dataset.train.target_rows % 2)
    assert any(note.startswith("Task binary") and "task: regression" in note for note in dataset.notes)


def test_several_columns_of_zeros_and_ones_are_multilabel(load: Load) -> None:
    dataset = load(_frame(a=np.arange(ROWS) % 2, b=np.arange(ROWS) % 3 == 0), ["a", "b"])
    assert dataset.task == "multilabel"
    assert dataset.targets == ("a", "b")
    assert dataset.output_units == 2
    assert dataset.train.y.shape[1] == 2


def test_several_columns_of_numbers_are_a_regression(load: Load) -> None:
    dataset = load(_frame(a=np.arange(ROWS) % 2, b=np.arange(ROWS)), ["a", "b"])
    assert dataset.task == "regression"
    assert dataset.output_units == 2


def test_a_declared_task_needs_no_note(load: Load) -> None:
    dataset = load(_frame(y=np.arange(ROWS) % 2), ["y"], "regression")
    assert dataset.task == "regression"
    assert not any("ask" in note for note in dataset.notes)


def test_text_labels_become_class_indices_in_sorted_order(load: Load) -> None:
    labels = np.array(["pear", "apple", "fig"])[np.arange(ROWS) % 3]
    dataset = load(_frame(y=labels), ["y"], "multiclass")
    assert dataset.classes == ("apple", "fig", "pear")
    assert dataset.output_units == 3
    assert dataset.train.y.dtype == np.int64
    np.testing.assert_array_equal(
        np.array(dataset.classes)[dataset.train.y[:, 0]], labels[dataset.train.target_rows]
    )


def test_integer_labels_sort_as_numbers(load: Load) -> None:
    dataset = load(_frame(y=np.array([10, 9, 100])[np.arange(ROWS) % 3]), ["y"], "multiclass")
    assert dataset.classes == ("9", "10", "100")


def test_integers_stored_as_floats_are_labels(load: Load) -> None:
    dataset = load(_frame(y=np.array([1.0, 2.0, 3.0])[np.arange(ROWS) % 3]), ["y"], "multiclass")
    assert dataset.classes == ("1", "2", "3")


def test_a_declared_binary_task_takes_any_two_labels(load: Load) -> None:
    dataset = load(_frame(y=np.array(["yes", "no"])[np.arange(ROWS) % 2]), ["y"], "binary")
    assert dataset.classes == ("no", "yes")
    assert dataset.train.y.dtype == np.float64
    np.testing.assert_array_equal(dataset.train.y[:, 0], 1 - dataset.train.target_rows % 2)


def test_a_declared_multilabel_task_may_have_one_column(load: Load) -> None:
    assert load(_frame(y=np.arange(ROWS) % 2), ["y"], "multilabel").task == "multilabel"


@pytest.mark.parametrize(
    ("labels", "task"), [(["yes", "no"], "binary"), (["pear", "apple", "fig"], "multiclass")]
)
def test_text_is_a_class_and_the_user_is_told(load: Load, labels: list[str], task: str) -> None:
    text = np.array(labels)[np.arange(ROWS) % len(labels)]
    dataset = load(_frame(y=text), ["y"])
    declared = load(_frame(y=text), ["y"], task)
    assert dataset.task == task
    assert dataset.classes == declared.classes == tuple(sorted(labels))
    np.testing.assert_array_equal(dataset.train.y, declared.train.y, strict=True)
    note = f"Task {task}, since 'y' holds text with {len(labels)} different labels."
    assert note in dataset.notes
    assert note not in declared.notes


def _one_hot() -> pd.DataFrame:
    return pd.DataFrame(np.eye(3, dtype=int)[np.arange(ROWS) % 3], columns=["red", "green", "blue"])


def test_columns_with_a_single_1_per_row_stay_multilabel_unless_declared(load: Load) -> None:
    frame = _frame(**_one_hot())
    assert load(frame, ["red", "green", "blue"]).task == "multilabel"


def test_columns_of_classes_become_class_indices_in_the_order_of_the_columns(load: Load) -> None:
    dataset = load(_frame(**_one_hot()), ["red", "green", "blue"], "multiclass")
    assert dataset.classes == ("red", "green", "blue")
    assert dataset.one_hot
    assert not load(_frame(**_one_hot()), ["red", "green", "blue"]).one_hot
    assert dataset.output_units == 3
    assert dataset.targets == ("red, green, blue",)
    assert dataset.train.y.dtype == np.int64
    np.testing.assert_array_equal(dataset.train.y[:, 0], dataset.train.target_rows % 3)
