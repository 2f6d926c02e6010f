"""Source that is written from expressions means what they mean, and looks as `ruff format` would have it."""

from __future__ import annotations

import ast
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remedy.export.keras_source import Imports, layer_call, loss_source, optimizer_source
from remedy.export.layer_source import identifier
from remedy.export.source import WIDTH, call, docstring, flat, lines, literal, prefixed, sequence, tall
from remedy.plan import KerasObject, Layer

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=9), inner, max_size=5),
    max_leaves=30,
)


@given(PLAIN)
def test_plain_data_are_read_back_as_they_were(value: Any) -> None:
    for text in (flat(literal(value)), "\n".join(lines(literal(value)))):
        assert eval(text) == value  # noqa: S307 - what was just written


def test_lines_look_as_ruff_has_them() -> None:
    layers = [call("layers.Dense", str(units), activation=literal("relu")) for units in (8, 16)]
    long = literal([f"a column with a rather long name {number}" for number in range(5)])
    expressions = [
        prefixed("short = ", literal({"a": [1, 2.5], "b": None})),
        prefixed("model = ", call("keras.Sequential", tall(sequence(layers)))),
        prefixed("columns = ", long),
        prefixed("fitted = ", call("fit", "the_values" * 5, "the_others" * 5, names=literal("a" * 20))),
        prefixed("result = ", call("function_of_columns", long)),
    ]
    text = "\n".join(line for one in expressions for line in lines(one)) + "\n"
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", f"--line-length={WIDTH}", "-"]
    done = subprocess.run(ruff, input=text, capture_output=True, text=True, check=True)
    assert done.stdout == text


@given(st.lists(st.text("abc", min_size=1, max_size=12), min_size=1, max_size=60).map(" ".join))
def test_docstrings_fit_and_say_all(text: str) -> None:
    written = docstring(text, 60)
    assert max(map(len, written)) <= 60
    assert " ".join(ast.literal_eval("\n".join(written)).split()) == text


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (
            Layer(name="a", class_name="Conv1D", config={"kernel_size": [3], "filters": 4}),
            "layers.Conv1D(4, 3)",
        ),
        (
            Layer(
                name="b",
                class_name="Bidirectional",
                config={"layer": {"module": "keras.layers", "class_name": "GRU", "config": {"units": 3}}},
            ),
            "layers.Bidirectional(layers.GRU(3))",
        ),
        (
            Layer(
                name="c",
                class_name="Dense",
                config={
                    "units": 2,
                    "kernel_initializer": {"class_name": "RandomNormal", "config": {"stddev": 0.5}},
                    "activation": {"module": "builtins", "class_name": "function", "config": "relu"},
                },
            ),
            "layers.Dense(2, kernel_initializer=keras.initializers.RandomNormal(stddev=0.5), "
            'activation="relu")',
        ),
        (
            Layer(name="d", class_name="Own", module="mine", config={"trainable": True, "depth": 2}),
            "Own(depth=2)",
        ),
    ],
)
def test_layers_are_written_as_people_write_them(layer: Layer, expected: str) -> None:
    imports = Imports()
    assert flat(layer_call(layer, imports)) == expected
    assert imports.names == ({"mine": {"Own"}} if layer.module else {})


def test_losses_and_optimizers_of_the_users_own_are_imported() -> None:
    imports = Imports()
    loss = {"module": "mine", "class_name": "function", "config": "Losses.sharp"}
    assert flat(loss_source(loss, imports)) == "Losses.sharp"
    own = KerasObject(class_name="steps:Walk", config={"learning_rate": 0.1})
    assert flat(optimizer_source(own, imports)) == "Walk(learning_rate=0.1)"
    decay = {
        "module": "keras.optimizers.schedules",
        "class_name": "ExponentialDecay",
        "config": {"initial_learning_rate": 0.1, "decay_steps": 9, "decay_rate": 0.5},
    }
    keras_own = KerasObject(class_name="SGD", config={"learning_rate": decay})
    assert flat(optimizer_source(keras_own, imports)).startswith(
        "keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay("
    )
    assert imports.names == {"mine": {"Losses"}, "steps": {"Walk"}}


@given(st.text(min_size=1, max_size=12))
def test_any_layer_has_a_name_that_python_takes(name: str) -> None:
    assert ast.parse(f"{identifier(name)} = 1")
