from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from remedy.data import Dataset, data_facts
from remedy.data.dataset import Inputs, Split
from remedy.plan import DataFacts, Task


def _dataset(
    X: Inputs, y: Any, *, task: Task = "regression", classes: tuple[str, ...] = (), lengths: Any = None
) -> Dataset:
    places = np.arange(len(y))
    split = Split(X, y, places[:, np.newaxis], places, lengths=lengths)
    targets = tuple(f"y{column}" for column in range(y.shape[-1]))
    return Dataset(task, split, split, split, (), targets, classes, "", len(y), "given", ())


def test_facts_of_ordinary_numbers() -> None:
    X = np.arange(12.0).reshape(6, 2)
    facts = data_facts(_dataset(X, np.arange(6.0)[:, np.newaxis]))
    assert facts == DataFacts(samples=6, input_shapes={"X": (2,)})


@pytest.mark.parametrize("values", [np.full((6, 1), 5.0), np.array([[3.0], [np.nan]] * 3)])
def test_a_feature_that_never_varies_is_told(values: np.ndarray) -> None:
    X = {"a": np.arange(6.0)[:, np.newaxis], "b": values}
    facts = data_facts(_dataset(X, np.arange(6.0)[:, np.newaxis]))
    assert facts.constant
    assert facts.missing == bool(np.isnan(values).any())


def test_padding_does_not_make_a_feature_vary() -> None:
    X = np.where(np.arange(4)[:, np.newaxis] < 2, 7.0, 0.0) * np.ones((5, 1, 1))
    y = np.arange(5.0)[:, np.newaxis]
    assert data_facts(_dataset(X, y, lengths=np.full(5, 2))).constant
    assert not data_facts(_dataset(X, y)).constant
    assert data_facts(_dataset(X, y, lengths=np.full(5, 2))).padded


def test_tokens_that_never_vary_are_no_constant_feature() -> None:
    assert not data_facts(_dataset(np.ones((6, 3), np.int64), np.arange(6.0)[:, np.newaxis])).constant


def test_a_missing_value_outside_the_training_split_counts() -> None:
    dataset = _dataset(np.arange(6.0)[:, np.newaxis], np.arange(6.0)[:, np.newaxis])
    gap = Split(np.array([[np.nan]]), np.zeros((1, 1)), np.zeros((1, 1), int), np.zeros(1, int))
    changed = Dataset(**{**vars(dataset), "test": gap})
    assert data_facts(changed).missing


def test_shares_of_the_classes_are_those_of_all_training_steps() -> None:
    y = np.array([[[0], [1], [1]], [[1], [3], [1]]])
    facts = data_facts(_dataset(np.ones((2, 3, 1)), y, task="multiclass", classes=("a", "b", "c", "d")))
    assert facts.class_shares == pytest.approx((1 / 6, 4 / 6, 0, 1 / 6))
    assert (facts.output_units, facts.target_steps) == (4, 3)


@pytest.mark.parametrize("one_hot", [False, True])
def test_the_form_of_the_classes_is_told(one_hot: bool) -> None:
    y = np.array([[0], [1], [2]])
    dataset = _dataset(np.arange(3.0)[:, np.newaxis], y, task="multiclass", classes=("a", "b", "c"))
    assert data_facts(replace(dataset, one_hot=one_hot)).one_hot == one_hot
