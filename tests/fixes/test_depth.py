from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from remedy.fixes.depth import Depth
from remedy.fixes.space import Range
from remedy.plan import Plan

FIX = Depth()

SEQUENCES = {"units": 8, "return_sequences": True}


def names(plan: Plan) -> list[str]:
    return [layer.name for layer in plan.model.layers]


def test_keeps_the_first_layers_and_the_shape_behind_the_stack(lstm_plan: Plan) -> None:
    plan = FIX.apply(lstm_plan, 1)
    assert names(plan) == ["lstm_1", "output"]
    assert plan.model.layers[0].config == {"units": 8}


def test_a_stack_that_ends_in_sequences_still_does(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(
        ("a", "GRU", SEQUENCES),
        ("b", "GRU", SEQUENCES),
        ("pool", "GlobalAveragePooling1D", {}),
        ("output", "Dense", {"units": 1}),
    )
    assert FIX.apply(plan, 1).model.layers[0].config == SEQUENCES


def test_repeats_the_last_layer_under_new_names(lstm_plan: Plan) -> None:
    plan = FIX.apply(lstm_plan, 4)
    assert names(plan) == ["lstm_1", "lstm_2", "lstm_3", "lstm_4", "output"]
    assert [layer.config for layer in plan.model.layers[1:4]] == [
        {"units": 4, "return_sequences": True},
        {"units": 4, "return_sequences": True},
        {"units": 4},
    ]


def test_dropout_and_normalisation_go_and_come_with_their_layer(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(
        ("a", "Dense", {"units": 8}),
        ("a_norm", "BatchNormalization", {}),
        ("b", "Dense", {"units": 4}),
        ("b_norm", "BatchNormalization", {}),
        ("drop", "Dropout", {"rate": 0.5}),
        ("output", "Dense", {"units": 1}),
    )
    assert names(FIX.apply(plan, 1)) == ["a", "a_norm", "output"]
    assert names(FIX.apply(plan, 3)) == [
        *("a", "a_norm", "b", "b_norm", "drop"),
        *("b_2", "b_2_norm", "drop_2", "output"),
    ]


def test_new_names_avoid_those_in_use(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(("dense_2", "Dense", {}), ("drop", "Dropout", {}), ("dense_3", "Dense", {}))
    assert names(FIX.apply(plan, 2)) == ["dense_2", "drop", "dense_4", "drop_2", "dense_3"]


def test_reaches_into_bidirectional_layers(plan_of: Callable[..., Plan]) -> None:
    def both(**arguments: object) -> dict[str, object]:
        return {
            "layer": {"module": "keras.layers", "class_name": "LSTM", "config": {"units": 4, **arguments}}
        }

    plan = plan_of(
        ("lstm_1", "Bidirectional", both(return_sequences=True)),
        ("lstm_2", "Bidirectional", both()),
        ("output", "Dense", {"units": 1}),
    )
    assert FIX.apply(plan, 1).model.layers[0].config == both()
    assert FIX.apply(plan, 3).model.layers[1].config == both(return_sequences=True)


def test_acts_on_the_longest_run_of_one_kind(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(
        ("conv", "Conv1D", {"filters": 4, "kernel_size": 3}),
        ("lstm_1", "LSTM", SEQUENCES),
        ("lstm_2", "LSTM", {"units": 8}),
        ("dense", "Dense", {"units": 8}),
        ("output", "Dense", {"units": 1}),
    )
    assert names(FIX.apply(plan, 1)) == ["conv", "lstm_1", "dense", "output"]


def test_pooling_ends_a_run(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(
        ("conv_1", "Conv1D", {"filters": 4, "kernel_size": 3}),
        ("pool", "MaxPooling1D", {}),
        ("conv_2", "Conv1D", {"filters": 4, "kernel_size": 3}),
        ("flatten", "Flatten", {}),
        ("output", "Dense", {"units": 1}),
    )
    assert FIX.default_space(plan) == Range(1, 1)


def test_default_space_ends_at_the_depth_of_the_baseline(lstm_plan: Plan) -> None:
    assert FIX.default_space(lstm_plan) == Range(1, 2)


def test_the_depth_of_the_baseline_changes_nothing(lstm_plan: Plan) -> None:
    assert FIX.apply(lstm_plan, 2) == lstm_plan


def test_is_left_out_without_hidden_layers(linear_plan: Plan) -> None:
    assert "no hidden layer" in str(FIX.not_applicable(linear_plan))
    assert FIX.apply(linear_plan, 2) == linear_plan


def test_one_hidden_layer_can_be_repeated_but_not_left_out(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(("lstm", "LSTM", {"units": 4}), ("output", "Dense", {"units": 1}))
    assert "what the baseline has already" in str(FIX.left_out(plan))
    assert FIX.left_out(plan, Range(1, 3)) is None


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "2"])
def test_refuses_what_is_no_number_of_layers(value: object) -> None:
    with pytest.raises(ValidationError):
        FIX.check_value(value)
