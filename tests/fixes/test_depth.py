from __future__ import annotations

from collections.abc import Callable

import keras
import pytest
from keras import layers
from pydantic import ValidationError

from remedy.fixes.depth import Depth
from remedy.fixes.space import Range
from remedy.plan import Plan
from tests.fixes import keras_models
from tests.fixes.keras_models import built, layer_of, plan_of_model

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


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "2", 1001])
def test_refuses_what_is_no_number_of_layers(value: object) -> None:
    with pytest.raises(ValidationError):
        FIX.check_value(value)


def test_longer_stacks_elsewhere_get_no_deeper_than_asked(plan_of: Callable[..., Plan]) -> None:
    dense = [(f"dense_{number}", "Dense", {"units": 4}) for number in (1, 2, 3)]
    more = [(f"more_{number}", "Dense", {"units": 4}) for number in (1, 2)]
    plan = plan_of(*dense, ("flatten", "Flatten", {}), *more, ("output", "Dense", {"units": 1}))
    assert names(FIX.apply(plan, 1)) == ["dense_1", "flatten", "more_1", "output"]
    assert names(FIX.apply(plan, 4)) == [
        *("dense_1", "dense_2", "dense_3", "dense_4", "flatten", "more_1", "more_2", "output"),
    ]


def test_repeated_convolutions_keep_the_shape(plan_of: Callable[..., Plan]) -> None:
    conv = {"filters": 4, "kernel_size": 3, "strides": 2, "data_format": "channels_last"}
    plan = plan_of(("conv", "Conv1D", conv), ("flatten", "Flatten", {}), ("output", "Dense", {"units": 1}))
    deeper = FIX.apply(plan, 6)
    assert layer_of(deeper, "conv_2").config == {
        "filters": 4,
        "kernel_size": 3,
        "padding": "same",
        "data_format": "channels_last",
    }
    assert built(deeper).get_layer("conv_6").output.shape == built(plan).get_layer("conv").output.shape


def test_a_causal_convolution_is_repeated_as_one(plan_of: Callable[..., Plan]) -> None:
    conv = {"filters": 4, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}
    plan = plan_of(("conv", "Conv1D", conv), ("flatten", "Flatten", {}), ("output", "Dense", {"units": 1}))
    assert layer_of(FIX.apply(plan, 2), "conv_2").config == conv


def test_branches_are_cut_and_repeated_where_they_are() -> None:
    plan = plan_of_model(keras_models.two_inputs())
    assert FIX.default_space(plan) == Range(1, 2)
    for depth in (1, 3):
        changed = built(FIX.apply(plan, depth))
        assert [len(shape) for shape in changed.input_shape] == [3, 2]
        assert sum(isinstance(layer, layers.LSTM) for layer in changed.layers) == depth
        assert changed.get_layer("both").output.shape == ((None, 7) if depth != 1 else (None, 8))


def widths(*filters: int, end: int = 4) -> Plan:
    """Convolutions of these widths, with a connection around them that adds `end` channels."""
    inputs = keras.Input((8, end), name="inputs")
    x = inputs
    for number, width in enumerate(filters, start=1):
        x = layers.Conv1D(width, 3, padding="same", name=f"conv_{number}")(x)
    x = layers.Flatten(name="flatten")(layers.Add(name="add")([x, inputs]))
    return plan_of_model(keras.Model(inputs, layers.Dense(1, name="out")(x)))


def convolutions(plan: Plan) -> list[int]:
    return [layer.filters for layer in built(plan).layers if isinstance(layer, layers.Conv1D)]


def test_a_stack_that_is_added_to_something_keeps_its_width() -> None:
    plan = widths(6, 4, 8, 4)
    assert FIX.default_space(plan) == Range(2, 4)
    assert convolutions(FIX.apply(plan, 2)) == [6, 4]
    assert convolutions(FIX.apply(plan, 3)) == [6, 4, 4]
    assert convolutions(FIX.apply(plan, 5)) == [6, 4, 8, 4, 4]


def test_a_depth_that_no_width_allows_changes_nothing() -> None:
    plan = widths(6, 8, 4)
    assert FIX.apply(plan, 1) == plan
    assert "what the baseline has already" in str(FIX.left_out(plan))


def test_what_changes_the_length_stays_where_the_length_matters() -> None:
    inputs = keras.Input((9, 2), name="inputs")
    x = layers.Conv1D(4, 3, padding="same", name="conv_1")(inputs)
    x = layers.Conv1D(4, 3, name="conv_2")(x)
    x = layers.Conv1D(4, 3, padding="same", name="conv_3")(x)
    model = keras.Model(inputs, layers.Dense(1, name="out")(x))
    plan = plan_of_model(model)
    assert FIX.default_space(plan) == Range(2, 3)
    assert built(FIX.apply(plan, 2)).output_shape == model.output_shape
    pooled = keras.Model(inputs, layers.Dense(1)(layers.GlobalMaxPooling1D()(x)))
    assert FIX.default_space(plan_of_model(pooled)) == Range(1, 3)


def test_a_layer_with_two_consumers_ends_a_stack() -> None:
    inputs = keras.Input((3,), name="inputs")
    x = layers.Dense(4, name="dense_1")(inputs)
    y = layers.Dense(4, name="dense_2")(x)
    y = layers.Dense(4, name="dense_3")(y)
    model = keras.Model(inputs, layers.Dense(1, name="out")(layers.Concatenate(name="both")([x, y])))
    plan = plan_of_model(model)
    assert FIX.default_space(plan) == Range(1, 2)
    assert [layer.name for layer in FIX.apply(plan, 1).model.layers] == [
        *("inputs", "dense_1", "dense_2", "both", "out"),
    ]


def test_layers_that_pass_on_states_or_are_shared_are_in_no_stack() -> None:
    plan = plan_of_model(keras_models.encoder_decoder())
    assert FIX.default_space(plan) == Range(1, 1)
    deeper = FIX.apply(plan, 2)
    assert {layer.name for layer in deeper.model.layers} - {layer.name for layer in plan.model.layers} == {
        "first_2"
    }
    assert "no hidden layer" in str(FIX.not_applicable(plan_of_model(keras_models.shared())))


def test_a_copy_in_a_masked_stack_gets_the_mask() -> None:
    plan = FIX.apply(plan_of_model(keras_models.masked_tokens()), 3)
    tokens = keras.ops.convert_to_tensor([[3, 5, 7, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 3, 5, 7, 0, 0, 0]])
    model = built(plan)
    assert [layer.name for layer in model.layers if isinstance(layer, layers.Bidirectional)] == [
        *("both_1", "both_2", "both_3"),
    ]
    one, other = keras.ops.convert_to_numpy(model(tokens)).ravel()
    assert one == pytest.approx(other, rel=1e-4)


def test_stacks_in_nested_models_count() -> None:
    plan = plan_of_model(keras_models.nested())
    assert FIX.default_space(plan) == Range(1, 2)
    shallow = FIX.apply(plan, 1)
    (head,) = (layer for layer in shallow.model.layers if layer.name == "head")
    assert head.inner is not None
    assert [layer.name for layer in head.inner.layers] == ["entry", "lstm_1", "out"]
    assert built(shallow).output_shape == (None, 1)


def test_a_nested_model_gets_what_it_was_made_for() -> None:
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="inside")], name="inner")
    inputs = keras.Input((3,), name="inputs")
    x = layers.Dense(8, name="dense_1")(inputs)
    x = layers.Dense(4, name="dense_2")(x)
    plan = plan_of_model(keras.Model(inputs, layers.Dense(1, name="out")(inner(x))))
    assert FIX.apply(plan, 1) == plan
    assert built(FIX.apply(plan, 3)).output_shape == (None, 1)
