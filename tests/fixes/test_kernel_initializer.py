from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest
from pydantic import ValidationError

from remedy.fixes.kernel_initializer import KernelInitializer
from remedy.plan import Change, Layer, Plan, diff
from remedy.surgery.initializers import _ARGUMENTS
from tests.fixes import keras_models
from tests.fixes.keras_models import SOURCE, built, layer_of, plan_of_model

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


def test_the_same_initializer_written_in_another_way_is_no_change(plan_of: Callable[..., Plan]) -> None:
    he = {
        "module": "keras.initializers",
        "class_name": "HeNormal",
        "config": {"seed": None, "input_axes": None, "output_axes": None},
        "registered_name": None,
    }
    plan = plan_of(("output", "Dense", {"units": 1, "kernel_initializer": he}))
    assert FIX.apply(plan, "he_normal") == plan
    assert diff(plan, FIX.apply(plan, "he_uniform"))
    seeded = he | {"config": {"seed": 3}}
    plan = plan_of(("output", "Dense", {"units": 1, "kernel_initializer": seeded}))
    assert diff(plan, FIX.apply(plan, "he_normal"))


def test_separable_convolutions_have_kernels_of_their_own_names() -> None:
    plan = plan_of_model(keras_models.separable_images())
    changed = FIX.apply(plan, "orthogonal")
    assert [change.path for change in diff(plan, changed)] == [
        "layers.separable.depthwise_initializer",
        "layers.separable.pointwise_initializer",
        "layers.depthwise.depthwise_initializer",
        "layers.gate.kernel_initializer",
        "layers.out.kernel_initializer",
    ]
    kernel = keras.ops.convert_to_numpy(built(changed).get_layer("separable").pointwise_kernel)
    np.testing.assert_allclose(kernel.reshape(3, 4) @ kernel.reshape(3, 4).T, np.eye(3), atol=1e-5)


def test_reaches_into_nested_models() -> None:
    plan = FIX.apply(plan_of_model(keras_models.nested()), "zeros")
    assert layer_of(plan, "head", "lstm_1").config["kernel_initializer"] == "zeros"
    assert not built(plan).get_layer("features").get_layer("conv_1").kernel.numpy().any()


def test_frozen_layers_keep_theirs() -> None:
    plan = plan_of_model(keras_models.frozen())
    changes = diff(plan, FIX.apply(plan, "zeros"))
    assert [change.path for change in changes] == ["layers.out.kernel_initializer"]


def test_the_users_own_layers_keep_theirs(plan_of: Callable[..., Plan]) -> None:
    own = Layer(name="own", class_name="Dense", module="theirs", config={"units": 1})
    plan = plan_of().with_layers((own,))
    assert FIX.apply(plan, "zeros") == plan
    assert "no dense" in str(FIX.not_applicable(plan))


@pytest.mark.parametrize("initializer", sorted({*_ARGUMENTS} - {"constant"}))
@pytest.mark.parametrize("model", [keras_models.separable_images, keras_models.masked_tokens])
def test_every_initializer_builds_with_every_layer(
    initializer: str, model: Callable[[], keras.Model]
) -> None:
    changed = built(FIX.apply(plan_of_model(model()), initializer))
    expected = type(keras.initializers.get(initializer))
    given = [
        getattr(layer, argument)
        for layer in changed.layers
        for argument in ("kernel_initializer", "depthwise_initializer", "pointwise_initializer")
        if hasattr(layer, argument)
    ]
    assert given
    if initializer != "identity":  # which goes to matrices only
        assert {type(one) for one in given} == {expected}
    assert any(isinstance(one, expected) for one in given)


def test_a_model_that_keeps_its_weights_draws_none(lstm_plan: Plan) -> None:
    kept = lstm_plan.model.model_copy(update={"source": SOURCE.model_copy(update={"keep_weights": True})})
    assert FIX.not_applicable(lstm_plan.replace(model=kept)) == "the model keeps the weights it has"


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
