from __future__ import annotations

import math
from typing import Any

import pytest

from remedy.config.yaml_loader import YamlError, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-5", 1e-5),
        ("1E5", 1e5),
        (".5e-3", 0.5e-3),
        ("-1.", -1.0),
        ("+3", 3),
        ("012", 12),
        ("10", 10),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        ("0o7", "0o7"),
        ("12:30:00", "12:30:00"),
        ("2024-01-31", "2024-01-31"),
        ("1.2.3", "1.2.3"),
        ("e5", "e5"),
        (".", "."),
        ("-", [None]),
        ("true", True),
        ("TRUE", True),
        ("On", True),
        ("off", False),
        ("OFF", False),
        ("False", False),
        ("oFF", "oFF"),
        ("yes", "yes"),
        ("No", "No"),
        ("y", "y"),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("", None),
        ("none", "none"),
        ("'1e-5'", "1e-5"),
        ('"off"', "off"),
        ("!!str 12", "12"),
        ("!!float 12", 12.0),
        ("'<<'", "<<"),
    ],
)
def test_scalars_mean_what_a_reader_expects(text: str, value: Any) -> None:
    data = read_yaml(text).data
    assert data == value
    assert type(data) is type(value)


def test_infinity_and_nan_are_numbers_to_the_reader() -> None:
    low, high, nan = read_yaml("[-.inf, .Inf, .NAN]").data
    assert (low, high) == (-math.inf, math.inf)
    assert math.isnan(nan)


def test_keys_are_text_as_written() -> None:
    assert read_yaml("{on: 1, 12: 2, ~: 3, 1e5: 4}").data == {"on": 1, "12": 2, "~": 3, "1e5": 4}


def test_every_key_and_item_has_its_line() -> None:
    lines = read_yaml("a: 1\nb:\n  c:\n    - 1\n    - d: 2\n").lines
    assert lines == {
        (): 1,
        ("a",): 1,
        ("b",): 2,
        ("b", "c"): 3,
        ("b", "c", 0): 4,
        ("b", "c", 1): 5,
        ("b", "c", 1, "d"): 5,
    }


def test_anchors_and_merge_keys_work_and_the_nearer_value_wins() -> None:
    text = (
        "base: &base\n  a: 1\n  b: {c: 2}\nother: &other {a: 9, d: 4}\nuse:\n  <<: [*base, *other]\n  b: 3\n"
    )
    document = read_yaml(text)
    assert document.data["use"] == {"a": 1, "b": 3, "d": 4}
    assert document.lines["use", "b"] == 7
    assert document.lines["use", "a"] == 2
    assert document.lines["use", "d"] == 4


def test_an_alias_bomb_is_refused_at_once() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(YamlError, match="more than 10000 values, all aliases expanded"):
        read_yaml("\n".join(levels))


def test_a_bomb_of_merge_keys_is_refused_at_once() -> None:
    levels = ["a0: &a0 {x: 1}"]
    levels += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 12)]
    with pytest.raises(YamlError, match="more than 10000 values"):
        read_yaml("\n".join(levels))


@pytest.mark.parametrize("text", ["a: &a {b: *a}", "a: &a\n  <<: *a\n", "&a [*a]"])
def test_a_value_that_contains_itself_is_refused(text: str) -> None:
    with pytest.raises(YamlError, match="inside the very value that it repeats"):
        read_yaml(text)


@pytest.mark.parametrize("text", ["[" * 5000, "- " * 5000, "{a: " * 5000, "[" * 5000 + "]" * 5000])
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(YamlError, match="nested too deeply"):
        read_yaml(text)
