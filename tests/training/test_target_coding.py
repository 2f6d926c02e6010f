"""Class indices or one-hot, logits or probabilities: read from how the loss is described."""

from __future__ import annotations

from typing import Any

import keras
import pytest

from remedy.training.target_coding import is_own, is_sparse, takes_logits

LOSSES: list[tuple[str | dict[str, Any], bool, bool]] = [
    ("sparse_categorical_crossentropy", True, False),
    ("categorical_crossentropy", False, False),
    ("mse", False, False),
    (keras.losses.serialize(keras.losses.SparseCategoricalCrossentropy(from_logits=True)), True, True),
    (keras.losses.serialize(keras.losses.CategoricalFocalCrossentropy(from_logits=True)), False, True),
    (keras.losses.serialize(keras.losses.BinaryCrossentropy()), False, False),
    ({"module": "model", "class_name": "function", "config": "my_sparse_loss"}, True, False),
    ({"module": "model", "class_name": "function", "config": "my_loss"}, False, False),
    ({"class_name": "MyLoss"}, False, False),
]


@pytest.mark.parametrize(
    ("module", "own"), [("keras_model", True), ("kerastuner", True), ("keras.losses", False)]
)
def test_a_file_whose_name_begins_like_keras_is_the_users_own(module: str, own: bool) -> None:
    assert is_own({"module": module, "class_name": "function", "config": "loss"}) is own


@pytest.mark.parametrize(("loss", "sparse", "logits"), LOSSES)
def test_a_loss_says_what_it_compares(loss: str | dict[str, Any], sparse: bool, logits: bool) -> None:
    assert is_sparse(loss) == sparse
    assert takes_logits(loss) == logits
