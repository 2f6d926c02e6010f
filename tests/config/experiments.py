"""Experiment files as a Hypothesis strategy: every section, and every way to write a space."""

from __future__ import annotations

import string
from typing import Any

from hypothesis import strategies as st


def _mapping(always: dict[str, Any], /, **optional: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(always, optional=optional)


fractions = st.floats(0, 1, exclude_min=True, exclude_max=True)
positive = st.floats(0, 1e300, exclude_min=True) | st.integers(1, 2**40)
counts = st.integers(1, 2**40)
# What looks like another type unless it is quoted, and what YAML finds hard to write.
tricky = st.sampled_from(
    [
        "1e-5",
        "off",
        "yes",
        "null",
        "~",
        "012",
        "1:30",
        "2024-01-31",
        "<<",
        "=",
        "- a",
        "a: b",
        "\x85",
        "\u2028x",
        "a\nb",
        "#",
        " ",
    ]
)
texts = (
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
    | tricky
)
encodings = st.sampled_from(["one_hot", "integer"])
columns = st.lists(texts, min_size=1, max_size=3, unique=True)


def _spaces(values: st.SearchStrategy[Any], *ranges: st.SearchStrategy[dict[str, Any]]) -> Any:
    """Every way to write a fix over these values."""
    lists = st.lists(values, min_size=1, max_size=3, unique=True)
    required = st.booleans()
    return st.one_of(
        st.just(True),
        st.builds(lambda on: {"required": on}, required),
        values,
        lists,
        st.builds(lambda items: [*items, False], lists),
        st.builds(lambda items, on: {"choices": items, "required": on}, lists, required),
        st.builds(lambda value, on: {"value": value, "required": on}, values, required),
        *ranges,
        *(st.builds(lambda limits, on: limits | {"required": on}, limits, required) for limits in ranges),
    )


def _ranges(numbers: Any, **more: Any) -> st.SearchStrategy[dict[str, Any]]:
    def _ordered(pair: tuple[Any, Any], extra: dict[str, Any]) -> dict[str, Any]:
        return {"low": min(pair), "high": max(pair)} | extra

    return st.builds(_ordered, st.tuples(numbers, numbers), _mapping({}, **more))


scalings = _spaces(st.sampled_from(["minmax", "standard", "robust"]))
initializers = st.sampled_from(["he_normal", "orthogonal", "glorot_uniform"])
fixes = _mapping(
    {"scaling": scalings},
    target_scaling=scalings,
    batch_normalization=_spaces(st.just(True)),
    depth=_spaces(st.integers(1, 9), _ranges(st.integers(1, 9), step=st.integers(1, 3))),
    kernel_initializer=_spaces(initializers)
    | st.just(["ones", {"class_name": "constant", "config": {"value": 0.5}}]),
    clipnorm=_spaces(positive, _ranges(positive, log=st.booleans()), _ranges(positive, step=positive)),
    learning_rate=_spaces(positive, _ranges(positive, log=st.booleans())),
    reduce_lr_on_plateau=_mapping(
        {"factor": fractions | st.lists(fractions, min_size=1, max_size=3, unique=True)},
        patience=st.integers(1, 9) | _ranges(st.integers(1, 9)),
        min_lr=positive,
        required=st.booleans(),
    ),
)
experiments = _mapping(
    {
        "name": st.text(string.ascii_letters + string.digits + "_", min_size=1, max_size=20),
        "data": _mapping(
            {"source": texts, "target": columns},
            features=columns,
            window=_mapping(
                {"length": counts},
                horizon=counts | st.lists(counts, min_size=1, max_size=3, unique=True),
                stride=counts,
                targets=st.sampled_from(["last", "every"]),
            ),
            categorical=encodings | st.dictionaries(texts, encodings | st.just("drop"), max_size=3),
            split=_mapping(
                {"validation": st.floats(0.01, 0.49), "test": st.floats(0.01, 0.49)},
                by=st.sampled_from(["time", "random"]),
            ),
        ),
        "model": _mapping(
            {"template": st.sampled_from(["lstm", "gru", "rnn", "conv1d", "dense"])},
            units=counts | st.lists(counts, min_size=1, max_size=4),
            activation=st.sampled_from(["relu", "tanh"]),
            dropout=st.floats(0, 0.99),
            bidirectional=st.booleans(),
            kernel_initializer=initializers | st.just({"class_name": "Orthogonal", "config": {"gain": 1}}),
        ),
    },
    task=st.sampled_from(["regression", "binary", "multiclass", "multilabel"]),
    training=_mapping(
        {},
        optimizer=st.sampled_from(["adam", "sgd"])
        | _mapping({}, learning_rate=positive, nesterov=st.booleans(), beta_1=fractions, clipnorm=positive),
        loss=st.sampled_from(["mse", "huber"]),
        epochs=counts,
    ),
    fixes=fixes,
    search=_mapping(
        {},
        trials=counts,
        timeout=positive | st.sampled_from(["90s", "1h30m"]),
        sampler=st.sampled_from(["tpe", "random", "cmaes"]),
        pruner=st.sampled_from(["auto", "none"]),
        workers=counts | st.just("auto"),
    ),
    metric=st.sampled_from(["mse", "mae", "log_loss"]),
    thresholds=_mapping({}, min_skill=fractions),
    tracking=_mapping({}, tensorboard=texts, mlflow=st.sampled_from(["http://host:5000", "sqlite:///a.db"])),
)
