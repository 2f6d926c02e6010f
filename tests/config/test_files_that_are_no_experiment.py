from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from remedy.config import Experiment, load_experiment
from remedy.errors import ConfigError

Load = Callable[..., Experiment]

EMPTY = "x.yaml: the file is empty; it needs at least the sections data and model"
NO_MAPPING = "an experiment file consists of 'key: value' lines, such as 'data:' and 'model:'"
TAB = "a tab cannot indent or separate keys in YAML; use spaces"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", EMPTY),
        ("# nothing but a comment\n", EMPTY),
        ("\n- a\n", f"x.yaml:2: {NO_MAPPING}"),
        ("hello", f"x.yaml:1: {NO_MAPPING}"),
        ("time,value\n1,2\n", f"x.yaml:1: {NO_MAPPING}"),
        ("data:\n\tsource: x\n", f"x.yaml:2: {TAB}"),
        ("data:\n  a: 1\n\tb: 2\n", f"x.yaml:3: {TAB}"),
        ("data:\tx\n", f"x.yaml:1: {TAB}"),
        ("a: 1\n\nb: 2\na: 3\n", "x.yaml:4: key 'a' is given twice, on line 1 and on line 4"),
        (
            "data:\n  source: x\n  'source': y\n",
            "x.yaml:3: key 'source' is given twice, on line 2 and on line 3",
        ),
        (
            "a: b: c\n",
            "x.yaml:1: not valid YAML: unexpected ':'; check the indentation, "
            "and put text that holds ': ' in quotes",
        ),
        (
            "data: [1, 2\nmodel: x\n",
            "x.yaml:2: not valid YAML: expected ',' or ']', but got ':' (in what starts on line 1)",
        ),
        (
            "a: 1\nb: 'x\n",
            "x.yaml:3: not valid YAML: the file ends inside a quoted text (in what starts on line 2)",
        ),
        ("a: *x\n", "x.yaml:1: not valid YAML: found undefined alias 'x'"),
        ("a: 1\n---\nb: 2\n", "x.yaml:2: only one document is allowed; remove the '---'"),
        ("a: !foo 3\n", "x.yaml:1: the tag !foo is not supported; write plain values"),
        (
            "a: 1\nb: !!python/object/apply:os.system [ls]\n",
            "x.yaml:2: the tag !!python/object/apply:os.system is not supported; write plain values",
        ),
        ("a: !!binary aGk=\n", "x.yaml:1: the tag !!binary is not supported; write plain values"),
        ("a: !!set {x}\n", "x.yaml:1: the tag !!set is not supported; write plain values"),
        ("a: !!int x\n", "x.yaml:1: 'x' does not fit the tag !!int"),
        ("? [a]\n: 3\n", "x.yaml:1: a key must be text, not a list or a mapping"),
        ("<<: 3\n", "x.yaml:1: '<<' needs an alias of a mapping, or a list of them"),
        ('a: "\\UFFFFFFFF"\n', "x.yaml:1: an escape in quoted text names no character"),
        ("a: 1\nb: \x07\n", "x.yaml:2: the character '\\x07' is not allowed in YAML"),
        ("a: " + "9" * 5000, "x.yaml:1: the number 999999999999... has too many digits"),
        ("[" * 5000, "x.yaml: nested too deeply; an experiment has a few levels only"),
        (b"a: 1\nb: caf\xe9\n", "x.yaml:2: not UTF-8 text; save the file as UTF-8"),
        ("a: 1\n".encode("utf-16"), "x.yaml:1: not UTF-8 text; save the file as UTF-8"),
        (b"x" * 300_000, "x.yaml: larger than 256 KiB, so this is no experiment file"),
    ],
)
def test_the_message_names_the_line_and_the_cure(load: Load, text: str | bytes, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(text)
    assert str(error.value) == message


def test_a_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        load_experiment(tmp_path / "nope.yaml")
    assert str(error.value) == f"{tmp_path}/nope.yaml: no such file; remedy init writes one for a data file"


def test_a_data_file_gets_an_experiment_first(tmp_path: Path) -> None:
    path = tmp_path / "my rows.csv"
    path.write_text("time,value\n1,2\n")
    with pytest.raises(
        ConfigError, match=r"holds data, not an experiment; .*: remedy init '.*my rows\.csv'$"
    ):
        load_experiment(path)


def test_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        load_experiment(tmp_path)
    assert str(error.value) == f"{tmp_path}: this is a folder, not an experiment file"


def test_a_path_that_cannot_exist_is_an_error_like_any_other() -> None:
    with pytest.raises(ConfigError, match="the file cannot be read"):
        load_experiment("a\0b")
    with pytest.raises(ConfigError, match="the file cannot be read"):
        load_experiment("a" * 5000)


def test_a_byte_order_mark_is_no_obstacle(load: Load) -> None:
    text = "data: {source: a.csv, target: y}\nmodel: {template: dense}\n"
    assert load(b"\xef\xbb\xbf" + text.encode()) == load(text)
