"""Whatever a file or a dict holds, it loads or is refused in one line."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from remedy.config import Experiment, dump_experiment, load_experiment, parse_experiment, to_plain
from remedy.config.yaml_loader import read_yaml
from remedy.errors import ConfigError

EXAMPLE = """\
name: sunspots
data:
  source: data/sunspots.csv
  target: &target activity
  features: [*target]
  window: {length: 24, horizon: 1}
  split: {validation: 0.2, test: 0.1, by: time}
model:
  template: lstm
  kernel_initializer: {class_name: variance_scaling, config: {scale: 2.0}}
training:
  optimizer: {name: adam, learning_rate: 1e-3}
fixes:
  learning_rate: {low: 1e-5, high: 1e-1, log: true}
  kernel_initializer: [glorot_uniform, he_normal, off]
  reduce_lr_on_plateau: {factor: [0.1, 0.5], patience: 3, required: true}
  batch_normalization: on
  scaling: {choices: [minmax, standard], required: true}
search: {trials: 60, timeout: 30m}  # half an hour
confirm: {top: 3, seeds: 5}
tracking: {tensorboard: runs, mlflow: "sqlite:///mlflow.db"}
"""


SNIPPETS = (
    b"\t", b"\n", b": ", b"- ", b"[", b"]", b"{", b"}", b"'", b'"', b"|\n", b"#", b"%", b"? ", b"---\n",
    b"&a ", b"*target", b"<<: ", b"!!int ", b"!x ", b'"\\U99999999"', b"off", b"null", b"1e999", b"-1",
    b"9" * 30,
)  # fmt: skip
KEYS = {
    "": ["name", "task", "data", "model", "training", "fixes", "search", "confirm", "metric", "tracking"],
    "data": ["source", "target", "features", "time", "window", "categorical", "split"],
    "model": ["units", "kernel_initializer"],
    "training": ["optimizer", "epochs"],
    "search": ["timeout", "workers", "sampler"],
    "tracking": ["tensorboard", "mlflow"],
    "fixes": [
        "scaling",
        "batch_normalization",
        "depth",
        "clipnorm",
        "kernel_initializer",
        "reduce_lr_on_plateau",
    ],
}


def _load(text: bytes) -> Experiment:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.yaml"
        path.write_bytes(text)
        return load_experiment(path)


edits = st.lists(
    st.tuples(
        st.integers(0, len(EXAMPLE)),
        st.integers(0, 4),
        st.binary(max_size=3) | st.sampled_from(SNIPPETS),
    ),
    min_size=1,
    max_size=4,
)


@given(edits)
@settings(max_examples=200)
def test_a_mutated_file_loads_or_is_refused_in_one_line(edits: list[tuple[int, int, bytes]]) -> None:
    text = EXAMPLE.encode()
    for position, removed, added in edits:
        text = text[:position] + added + text[position + removed :]
    _check_file(text)


@given(st.binary(max_size=100) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace")))
@settings(max_examples=100)
def test_any_bytes_load_or_are_refused_in_one_line(text: bytes) -> None:
    _check_file(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("minmax"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["low", "high", "log", "step", "required", "choices", "value", "factor", "class_name"]
            )
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(
    st.sampled_from([(section, key) for section, keys in KEYS.items() for key in keys]),
    json_values,
)
@settings(max_examples=200)
def test_any_value_of_any_key_is_accepted_or_refused(place: tuple[str, str], value: Any) -> None:
    section, key = place
    data = read_yaml(EXAMPLE).data
    (data[section] if section else data)[key] = value
    experiment = _accepted(lambda: parse_experiment(data, name="x"))
    if experiment:
        assert parse_experiment(to_plain(experiment)) == experiment


def _check_file(text: bytes) -> None:
    experiment = _accepted(lambda: _load(text))
    if experiment:
        assert _load(dump_experiment(experiment).encode()) == experiment


def _accepted(load: Callable[[], Experiment]) -> Experiment | None:
    try:
        return load()
    except ConfigError as error:
        if "\n" in str(error):
            raise AssertionError(f"more than one line: {error}") from error
        return None
