from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest
from pydantic import ValidationError

from remedy.fixes.batch_normalization import BatchNormalization
from remedy.plan import Plan
from remedy.surgery.graph import Graph
from tests.fixes import keras_models
from tests.fixes.keras_models import built, layer_of, plan_of_model

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


def normalised(model: keras.Model) -> dict[str, str]:
    """Layer behind which a normalisation was put -> who gets its output now, in a model that is built."""
    before = plan_of_model(model)
    after = FIX.apply(before, True)
    assert built(after).output_shape == model.output_shape
    return {
        "/".join(path).removesuffix("_batch_normalization"): "/".join(sorted(map(str, own)))
        for path, own in _consumers(after).items()
        if path[-1].endswith("_batch_normalization")
    }


def _consumers(plan: Plan) -> dict[tuple[str, ...], list[str]]:
    graph = Graph(plan.model)
    return {path: [own[-1] for own in graph.consumers[path] if own] for path in graph.layers}


def test_stands_in_every_branch_and_in_front_of_the_merge() -> None:
    assert normalised(keras_models.two_inputs()) == {"lstm_1": "lstm_2", "lstm_2": "both", "dense": "both"}


def test_feeds_the_skip_connection_too() -> None:
    assert normalised(keras_models.skip_connection())["start"] == "add/conv_1"


def test_reaches_into_nested_models() -> None:
    assert set(normalised(keras_models.nested())) == {
        "features/conv_1",
        "features/conv_2",
        "head/lstm_1",
        "head/lstm_2",
    }


def test_a_normalisation_behind_a_nested_model_counts_for_its_last_layer() -> None:
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, name="inside")], name="inner")
    inputs = keras.Input((3,))
    x = keras.layers.LayerNormalization(name="norm")(inner(inputs))
    assert normalised(keras.Model(inputs, keras.layers.Dense(1)(x))) == {}


def test_one_way_without_a_normalisation_is_enough() -> None:
    inputs = keras.Input((3,))
    x = keras.layers.Dense(4, name="dense")(inputs)
    x = keras.layers.Add(name="add")([x, keras.layers.LayerNormalization(name="norm")(x)])
    assert normalised(keras.Model(inputs, keras.layers.Dense(1)(x))) == {"dense": "add/norm"}


def test_an_encoder_of_which_only_the_states_are_used_has_none() -> None:
    assert set(normalised(keras_models.encoder_decoder())) == {"first", "decoder", "last"}


def test_keeps_off_frozen_models_but_not_from_what_is_behind_them() -> None:
    assert set(normalised(keras_models.frozen())) == {"still"}


def test_keeps_off_masked_sequences_of_images() -> None:
    assert set(normalised(keras_models.video())) == {"rnn"}


@pytest.mark.parametrize(
    ("layer", "shape", "axis"),
    [
        (keras.layers.Conv1D(4, 3), (3, 8), 1),
        (keras.layers.TimeDistributed(keras.layers.Conv1D(4, 3)), (5, 3, 8), 2),
        (keras.layers.ConvLSTM1D(4, 3, return_sequences=True), (5, 3, 8), 2),
        (keras.layers.ConvLSTM1D(4, 3), (5, 3, 8), 1),
    ],
)
def test_channels_may_come_first(layer: keras.Layer, shape: tuple[int, ...], axis: int) -> None:
    first = FIX.apply(plan_of_model(_in_front_of_an_output(layer, shape, "channels_first")), True)
    last = FIX.apply(plan_of_model(_in_front_of_an_output(layer, shape, "channels_last")), True)
    assert layer_of(first, "layer_batch_normalization").config == {"axis": axis}
    assert layer_of(last, "layer_batch_normalization").config == {}


def _in_front_of_an_output(layer: keras.Layer, shape: tuple[int, ...], data_format: str) -> keras.Model:
    config = layer.get_config() | {"name": "layer"}
    inside = config["layer"]["config"] if "layer" in config else config
    inside["data_format"] = data_format
    inputs = keras.Input(shape)
    x = keras.layers.Flatten()(type(layer).from_config(config)(inputs))
    return keras.Model(inputs, keras.layers.Dense(1)(x))


def test_has_the_precision_of_its_layer() -> None:
    inputs = keras.Input((3,))
    x = keras.layers.Dense(4, dtype="mixed_bfloat16", name="dense")(inputs)
    plan = plan_of_model(keras.Model(inputs, keras.layers.Dense(1)(x)))
    assert built(FIX.apply(plan, True)).get_layer("dense_batch_normalization").compute_dtype == "bfloat16"


def test_masks_reach_the_layers_behind_it() -> None:
    """Values of masked steps, and how many there are, change neither predictions nor statistics."""
    model = built(FIX.apply(plan_of_model(keras_models.masked_series()), True))
    X = np.random.default_rng(0).normal(size=(8, 10, 2)).astype("float32")
    X[:, 6:] = 0.0
    norm = model.get_layer("gru_1_batch_normalization")
    gru = keras.Model(model.inputs[0], model.get_layer("gru_1").output)
    model(X, training=True)
    unmasked = keras.ops.convert_to_numpy(gru(X))[:, :6]
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(norm.moving_mean), 0.01 * unmasked.mean(axis=(0, 1)), rtol=1e-3, atol=1e-6
    )
    earlier = np.roll(X, 4, axis=1)  # the same steps behind the padding
    np.testing.assert_allclose(model(X), model(earlier), rtol=1e-4, atol=1e-6)


def test_tokens_that_are_padding_do_not_count() -> None:
    model = built(FIX.apply(plan_of_model(keras_models.masked_tokens()), True))
    tokens = np.array([[3, 5, 7, 0, 0, 0, 0, 0, 0, 0]])
    model(tokens, training=True)
    np.testing.assert_allclose(model(tokens), model(np.roll(tokens, 2)), rtol=1e-4, atol=1e-6)
