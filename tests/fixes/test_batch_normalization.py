from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from remedy.fixes.batch_normalization import BatchNormalization
from remedy.plan import Plan

FIX = BatchNormalization()


def names(plan: Plan) -> list[str]:
    return [layer.name for layer in FIX.apply(plan, True).model.layers]


def test_stands_directly_behind_every_hidden_layer(lstm_plan: Plan) -> None:
    assert names(lstm_plan) == [
        "lstm_1",
        "lstm_1_batch_normalization",
        "lstm_2",
        "lstm_2_batch_normalization",
        "output",
    ]


def test_comes_before_dropout_and_pooling(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(
        ("conv", "Conv1D", {"filters": 4, "kernel_size": 3}),
        ("drop", "Dropout", {"rate": 0.1}),
        ("pool", "GlobalAveragePooling1D", {}),
        ("output", "Dense", {"units": 1}),
    )
    assert names(plan) == ["conv", "conv_batch_normalization", "drop", "pool", "output"]


def test_does_not_normalise_twice(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(
        ("a", "Dense", {"units": 4}),
        ("relu", "Activation", {"activation": "relu"}),
        ("norm", "LayerNormalization", {}),
        ("b", "Dense", {"units": 4}),
        ("output", "Dense", {"units": 1}),
    )
    assert names(plan) == ["a", "relu", "norm", "b", "b_batch_normalization", "output"]


def test_a_normalisation_behind_pooling_counts(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(
        ("conv", "Conv1D", {"filters": 4, "kernel_size": 3}),
        ("pool", "GlobalAveragePooling1D", {}),
        ("norm", "BatchNormalization", {}),
        ("output", "Dense", {"units": 1}),
    )
    assert FIX.apply(plan, True) == plan


def test_output_layer_with_an_activation_of_its_own_stays_bare(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(("output", "Dense", {"units": 3}), ("softmax", "Activation", {"activation": "softmax"}))
    assert names(plan) == ["output", "softmax"]
    assert "no hidden layer" in str(FIX.not_applicable(plan))


def test_takes_a_free_name(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(
        ("a_batch_normalization", "BatchNormalization", {}),
        ("a", "Dense", {"units": 4}),
        ("output", "Dense", {"units": 1}),
    )
    assert names(plan) == ["a_batch_normalization", "a", "a_batch_normalization_2", "output"]


@pytest.mark.parametrize("value", [False, "on", None])
def test_is_on_or_absent(value: object) -> None:
    with pytest.raises(ValidationError):
        FIX.check_value(value)
