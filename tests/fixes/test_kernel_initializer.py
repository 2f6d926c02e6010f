from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from remedy.fixes.kernel_initializer import KernelInitializer
from remedy.plan import Change, Plan, diff

FIX = KernelInitializer()


def test_reaches_every_kernel_output_included(lstm_plan: Plan) -> None:
    assert diff(lstm_plan, FIX.apply(lstm_plan, "he_normal")) == [
        Change("layers.lstm_1.kernel_initializer", None, "he_normal"),
        Change("layers.lstm_2.kernel_initializer", None, "he_normal"),
        Change("layers.output.kernel_initializer", None, "he_normal"),
    ]


def test_reaches_into_bidirectional_layers(plan_of: Callable[..., Plan]) -> None:
    lstm = {"module": "keras.layers", "class_name": "LSTM", "config": {"units": 4}}
    plan = plan_of(
        ("both", "Bidirectional", {"layer": lstm, "backward_layer": lstm, "merge_mode": "sum"}),
        ("output", "Dense", {"units": 1}),
    )
    assert [change.path for change in diff(plan, FIX.apply(plan, "he_normal"))] == [
        "layers.both.layer.config.kernel_initializer",
        "layers.both.backward_layer.config.kernel_initializer",
        "layers.output.kernel_initializer",
    ]


def test_keeps_off_layers_without_a_kernel(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(
        ("flatten", "Flatten", {}), ("drop", "Dropout", {"rate": 0.5}), ("output", "Dense", {"units": 1})
    )
    assert FIX.apply(plan, "zeros").model.layers[:2] == plan.model.layers[:2]


def test_keras_default_leaves_an_untouched_baseline_as_it_is(lstm_plan: Plan) -> None:
    assert FIX.apply(lstm_plan, "glorot_uniform") == lstm_plan


def test_keras_default_replaces_another_initializer(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of(("output", "Dense", {"units": 1, "kernel_initializer": "zeros"}))
    assert diff(plan, FIX.apply(plan, "glorot_uniform")) == [
        Change("layers.output.kernel_initializer", "zeros", "glorot_uniform")
    ]


def test_says_why_it_does_not_apply_without_kernels(plan_of: Callable[..., Plan]) -> None:
    assert "no dense, convolution or recurrent layer" in str(
        FIX.not_applicable(plan_of(("flat", "Flatten", {})))
    )


@pytest.mark.parametrize(
    "value",
    [
        "he_normal",
        "HeNormal",
        {"class_name": "orthogonal"},
        {"class_name": "VarianceScaling", "config": {"scale": 2.0, "mode": "fan_avg"}},
    ],
)
def test_accepts_names_and_configured_initializers(value: object) -> None:
    FIX.check_value(value)


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        ("xavier", "did you mean 'glorot_uniform'"),
        ("he", "did you mean 'he_normal'"),
        ("glorot_unifrom", "did you mean 'glorot_uniform'"),
        ("Xavier Normal", "did you mean 'glorot_normal'"),
        ("something", "it knows constant, glorot_normal"),
        ("constant", "needs a value"),
        ({"class_name": "xavier", "config": {}}, "did you mean 'glorot_uniform'"),
        ({"class_name": "he_normal", "config": {"scale": 2}}, "takes seed, not 'scale'"),
        ({"class_name": "zeros", "config": {"seed": 2}}, "takes no arguments"),
        ({"name": "he_normal"}, "expected an initializer's name"),
        ({"class_name": "he_normal", "gain": 2}, "expected an initializer's name"),
        ({"class_name": 3}, "expected an initializer's name"),
        (3, "valid string"),
    ],
)
def test_refuses_unknown_initializers_with_advice(value: object, advice: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        FIX.check_value(value)
    assert advice in str(refusal.value)
