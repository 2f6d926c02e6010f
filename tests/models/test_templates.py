from __future__ import annotations

from typing import Any

import keras
import pytest

from remedy.config.experiment import ModelSettings
from remedy.errors import ConfigError
from remedy.models.templates import template_layers
from remedy.plan import Layer, Task

SEQUENCES = (10, 2)
ROWS = (4,)


def layers(
    task: Task = "regression", outputs: int = 1, input_shape: tuple[int, ...] = SEQUENCES, **settings: Any
) -> tuple[Layer, ...]:
    return template_layers(ModelSettings(**settings), task, outputs, input_shape)


def test_recurrent_layers_hand_on_sequences_to_the_next() -> None:
    assert layers(template="lstm", units=[8, 4]) == (
        Layer(name="lstm_1", class_name="LSTM", config={"units": 8, "return_sequences": True}),
        Layer(name="lstm_2", class_name="LSTM", config={"units": 4}),
        Layer(name="output", class_name="Dense", config={"units": 1}),
    )


@pytest.mark.parametrize(("template", "class_name"), [("lstm", "LSTM"), ("gru", "GRU"), ("rnn", "SimpleRNN")])
def test_recurrent_templates_use_the_layer_of_their_name(template: str, class_name: str) -> None:
    first, *_ = layers(template=template, units=[8])
    assert (first.name, first.class_name) == (f"{template}_1", class_name)


def test_bidirectional_wraps_every_recurrent_layer() -> None:
    first, second, _ = layers(template="gru", units=[8, 4], bidirectional=True)
    assert (first.name, first.class_name) == ("gru_1", "Bidirectional")
    assert first.config["layer"]["config"] == {"units": 8, "return_sequences": True}
    assert second.config["layer"] == {"module": "keras.layers", "class_name": "GRU", "config": {"units": 4}}


@pytest.mark.parametrize("template", ["lstm", "conv1d", "dense"])
def test_dropout_follows_every_hidden_layer(template: str) -> None:
    names = [layer.name for layer in layers(template=template, units=[8, 4], dropout=0.2)]
    stack = [f"{template}_1", "dropout_1", f"{template}_2", "dropout_2"]
    assert [name for name in names if name in stack] == stack


def test_convolutions_keep_the_length_and_end_in_an_average() -> None:
    assert layers(template="conv1d", units=[8], kernel_size=5) == (
        Layer(
            name="conv1d_1",
            class_name="Conv1D",
            config={"filters": 8, "kernel_size": 5, "padding": "same", "activation": "relu"},
        ),
        Layer(name="global_average_pooling", class_name="GlobalAveragePooling1D"),
        Layer(name="output", class_name="Dense", config={"units": 1}),
    )


def test_dense_takes_rows_as_they_are_and_flattens_windows() -> None:
    assert [layer.name for layer in layers(template="dense", units=[8], input_shape=ROWS)] == [
        "dense_1",
        "output",
    ]
    assert [layer.name for layer in layers(template="dense", units=[8])] == ["flatten", "dense_1", "output"]


@pytest.mark.parametrize(
    ("task", "outputs", "config"),
    [
        ("regression", 2, {"units": 2}),
        ("binary", 1, {"units": 1, "activation": "sigmoid"}),
        ("multiclass", 3, {"units": 3, "activation": "softmax"}),
        ("multilabel", 3, {"units": 3, "activation": "sigmoid"}),
    ],
)
def test_the_output_layer_fits_the_task(task: Task, outputs: int, config: dict[str, Any]) -> None:
    assert layers(task, outputs, template="gru")[-1].config == config


def test_the_output_activation_is_the_user_s_even_where_it_does_not_fit() -> None:
    assert layers("binary", template="gru", output_activation="relu")[-1].config["activation"] == "relu"
    assert layers("binary", template="gru", output_activation="linear")[-1].config == {"units": 1}


def test_initializers_go_to_every_layer_that_has_them() -> None:
    first, output = layers(
        template="lstm", units=[8], kernel_initializer="zeros", recurrent_initializer="glorot_uniform"
    )
    assert first.config == {
        "units": 8,
        "kernel_initializer": "zeros",
        "recurrent_initializer": "glorot_uniform",
    }
    assert output.config == {"units": 1, "kernel_initializer": "zeros"}


def test_settings_at_keras_defaults_are_left_out() -> None:
    first, output = layers(
        template="lstm",
        units=[8],
        activation="tanh",
        recurrent_activation="sigmoid",
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        output_activation="linear",
    )
    assert first.config == {"units": 8}
    assert output.config == {"units": 1}


def test_hidden_activation_can_be_chosen() -> None:
    assert layers(template="lstm", units=[8], activation="relu")[0].config["activation"] == "relu"
    assert "activation" not in layers(template="dense", units=[8], activation="linear")[1].config


@pytest.mark.parametrize("template", ["lstm", "gru", "rnn", "conv1d"])
def test_rows_without_a_window_cannot_feed_a_sequence_template(template: str) -> None:
    with pytest.raises(ConfigError, match=r"set data\.window, or use template: dense"):
        layers(template=template, input_shape=ROWS)


@pytest.mark.parametrize(
    ("template", "setting", "value"),
    [
        ("lstm", "kernel_size", 5),
        ("rnn", "recurrent_activation", "tanh"),
        ("dense", "recurrent_activation", "tanh"),
        ("dense", "bidirectional", True),
        ("dense", "kernel_size", 5),
        ("dense", "recurrent_initializer", "zeros"),
        ("conv1d", "bidirectional", True),
        ("conv1d", "recurrent_initializer", "zeros"),
    ],
)
def test_settings_without_meaning_are_named(template: str, setting: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=rf"^model\.{setting} means nothing to template: {template}"):
        layers(template=template, **{setting: value})


def test_defaults_written_out_are_accepted() -> None:
    written_out = ModelSettings(template="dense").model_dump()
    assert layers(**written_out) == layers(template="dense")


@pytest.mark.parametrize("template", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_defaults_of_recurrent_layers_are_those_of_keras(template: str, bidirectional: bool) -> None:
    first, *_ = layers(template=template, units=[8], bidirectional=bidirectional)
    built = getattr(keras.layers, first.class_name).from_config(first.config | {"name": first.name})
    layer = built.forward_layer if bidirectional else built
    assert layer.activation is keras.activations.tanh
    assert isinstance(layer.cell.kernel_initializer, keras.initializers.GlorotUniform)
    assert isinstance(layer.cell.recurrent_initializer, keras.initializers.Orthogonal)
    if template != "rnn":
        assert layer.recurrent_activation is keras.activations.sigmoid


@pytest.mark.parametrize("template", ["conv1d", "dense"])
def test_defaults_of_other_layers_are_those_of_keras(template: str) -> None:
    hidden = layers(template=template, units=[8], activation="linear")
    for described in hidden:
        layer = getattr(keras.layers, described.class_name).from_config(
            described.config | {"name": described.name}
        )
        if hasattr(layer, "kernel_initializer"):
            assert layer.activation is keras.activations.linear
            assert isinstance(layer.kernel_initializer, keras.initializers.GlorotUniform)
