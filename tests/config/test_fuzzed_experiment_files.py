"""10,000 mutated experiment files: each loads, or is refused in one line; none hangs, runs code or writes."""

from __future__ import annotations

import contextlib
import copy
import json
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from remedy.cli import main
from remedy.config import load_experiment
from remedy.config.yaml_loader import read_yaml
from remedy.errors import RemedyError
from remedy.fixes import registry
from tests.fuzzing import assert_one_line, damaged, time_limit, unchanged, without_effects

OWN_FIXES = """\
from remedy.fixes import Fix, Stage, parse_space


class Longer(Fix):
    name = "longer"
    stage = Stage.SCHEDULE
    value_type = int
    space = parse_space([2, 3])
    changes = helps_when = source = "Some text."

    def apply(self, plan, value):
        return plan.replace(epochs=plan.epochs * value)
"""

SEEDS = {
    "series": """\
name: sunspots
task: regression
data:
  source: rows.csv
  target: activity
  features: [activity]   # the past of the series itself
  time: year
  window: {length: 8, horizon: [1, 2], stride: 1, targets: last}
  split: {validation: 0.2, test: 0.2, by: time}
model:
  template: lstm
  units: [8, 4]
training:
  optimizer: {name: adam, learning_rate: 1e-3}
fixes:
  scaling: [minmax, standard, off]
  learning_rate: {low: 1e-5, high: 1e-1, log: true}
  depth: {low: 1, high: 3}
search: {trials: 20, seed: 0, timeout: 1h30m}
""",
    "all fixes": """\
data: {source: rows.csv, target: activity}
model: {template: dense}
metric: mse
ablation: false
thresholds: {min_skill: 0.2}
tracking: {tensorboard: runs, mlflow: "sqlite:///mlflow.db"}
""",
    "spaces": """\
data: &data
  source: rows.csv
  target: &target activity
  window: {length: 6}
model: {template: gru, dropout: 0.1, bidirectional: on, recurrent_activation: hard_sigmoid}
fixes:
  clipnorm: {low: 0.5, high: 5, step: 0.5, required: true}
  kernel_initializer: {choices: [he_normal, orthogonal], required: true}
  reduce_lr_on_plateau: {factor: [0.1, 0.5], patience: {low: 3, high: 9}, min_lr: 1e-6}
  batch_normalization: [on, off]
  epochs: {value: 60, required: true}
  optimizer: [nadam, sgd]
  cell: true
search: {sampler: grid, until: unstuck}
""",
    "settings": """\
data:
  source: rows.csv
  target: [city]
  features: [year, activity, wet]
  group: station
  window: {length: 5, stride: 2}
  categorical: {wet: one_hot}
  split: {by: group}
model:
  template: conv1d
  units: 16
  kernel_size: 5
  kernel_initializer: {class_name: variance_scaling, config: {scale: 2.0}}
  output_activation: softmax
training: {optimizer: sgd, loss: sparse_categorical_crossentropy, epochs: 5, batch_size: 16, jit_compile: off}
search: {sampler: random, pruner: median, workers: auto, trial_memory: 4GiB, trial_timeout: 90}
confirm: {top: 2, seeds: 3}
""",
    "own code": """\
data: {source: "stuck.py:load", features: [X]}
model: {build: "~/stuck.py:build", keep_weights: true}
fixes:
  own_fixes.py:Longer: {choices: [2, 3], required: true}
  clipnorm: 1.0
diagnosis: off
""",
    "saved model": """\
data: {source: ../X.npy, target: [y.npy]}
model: {file: ./models/model.keras}
training: {optimizer: {clipnorm: 1, momentum: 0.9, nesterov: true}}
fixes: {target_scaling: true, class_weight: off, imputation: true}
""",
}
SECONDS = 5
"""What no case may take; the slowest one takes half a second."""

ON_TABLES = tuple(name for name in SEEDS if name not in {"own code", "saved model"})

SNIPPETS = tuple(
    snippet.encode("utf-8", "surrogatepass")
    for snippet in (
        "\0", "\t", "\n", "\r", "\r\n", "\x1b[2J", "\x07", "\x85", "\u2028", "\ufeff", "\ud800",
        "\U0001f600", "\u202e", "é", " ", "  ", "\n  ", "\n- ", ": ", ":", "- ", "? ", "[", "]", "{", "}",
        ",", "'", '"', "#", "%", "@", "`", "|\n", ">-\n", "---\n", "...\n", "--- ", "%YAML 1.1\n",
        "%TAG ! tag:x,2000:\n", "&a ", "*a", "*target", "*data", "<<: *data\n", "<<: ", "!", "!!", "!x ",
        "!<x> ", "!!int ", "!!str ", "!!float ", "!!binary ", "!!set ", "!!omap ", "!!timestamp ",
        "!!null ", "!!python/name:os.system ", "!!python/object/apply:os.system ['touch executed']",
        "!!python/object/new:subprocess.Popen [[ls]]", '"\\U99999999"', '"\\ud800"', '"\\x00"', "'''", "~",
        "null", "off", "yes", ".nan", "-.inf", "1e999", "-0.0", "1e-999", "0x10", "0o17", "1_000", "9" * 25,
        "-" + "9" * 400, "9" * 5000, "1" * 310 + ".5", "[" * 1000, "{a: " * 500, "- " * 500, "../../x",
        "/etc/passwd", "~root/x", "a" * 5000, "x.py:f",
    )
)  # fmt: skip

LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
MERGES = "b0: &b0 {x: 1}\n" + "".join(
    f"b{n}: &b{n} {{<<: [*b{n - 1}, *b{n - 1}], k{n}: 1}}\n" for n in range(1, 40)
)
LOOP = "loop: &loop {inner: [*loop]}\n"

VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 2**31, 2**32 - 20_001, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1,
    10**400, 0.0, -0.0, 0.5, 1.0, 1.5, -0.1, 1e-320, 1e308, math.nan, math.inf, -math.inf, "", " ", "x",
    "0", "1e-3", "on", "off", "true", "null", "nan", "auto", "\0", "\n", "a\nb", "\x1b[31m", "\x85",
    "\u2028", "\ud800", "\U0001f600", "é" * 300, "x" * 5000, "activity", "year", "city", "minmax", "adam",
    "../../x", "/", "~", "~nobody/x", ".", "x.py:f", "x.py:", "own_fixes.py:Longer", "rows.csv", "x.npy",
    "9d", "1e9d", "9" * 400 + "d", "1h 30m", "4 GiB", "9" * 400 + "GiB", "%s", "{0}", "$HOME", [], [[]],
    [None], [0], ["x"], [1, 1], [True, False], ["x"] * 300, {}, {"x": 1}, {"": 1}, {"low": 1},
    {"low": 1, "high": 2}, {"low": 2, "high": 1}, {"low": 1e-320, "high": 1e308, "log": True},
    {"low": 0, "high": 1, "step": 1e-320}, {"low": 1, "high": 2**62}, {"low": 0, "high": 1, "log": True},
    {"low": "1", "high": "2"}, {"low": 1, "high": 2, "required": True}, {"required": True}, {"choices": []},
    {"choices": [1, [2, [3]]]}, {"value": None}, {"name": "sgd"}, {"class_name": "zeros"},
    {"class_name": "zeros", "config": {"x": []}}, {"length": 2}, {"a": {"b": {"c": {"d": {}}}}},
)  # fmt: skip
KEYS = (
    "", " ", "name", "data", "model", "fixes", "search", "template", "units", "low", "high", "log", "step",
    "value", "choices", "required", "source", "target", "config", "class_name", "storage", "<<", "on", "1",
    "null", "\0", "\ud800", "a\nb", "\x1b[2J", "x" * 3000, "é", "own_fixes.py:Longer", "own_fixes.py:Gone",
    "gone.py:Fix", "/etc/passwd:Fix", ":", "::", "x:", ":Fix", "json.decoder:JSONDecoder", "..:Fix",
    ".py:Fix", "~nobody/x.py:Fix", "~/x.py:Fix", f"{'x' * 300}.py:Fix", "x" * 300 + ":Fix", "x.:Fix",
    ".x:Fix", "x y:Fix", "own_fixes:Longer", "rows.csv:Fix", "sys:path", "remedy.fixes:Fix",
    "remedy.fixes.depth:Depth", "x.py:Fix.y",
)  # fmt: skip

WORDS = (
    "activity", "year", "city", "station", "wet", "lstm", "gru", "rnn", "conv1d", "dense", "regression",
    "binary", "multiclass", "multilabel", "time", "random", "group", "every", "integer", "drop", "mse",
    "mae", "log_loss", "huber", "hinge", "categorical_crossentropy", "relu", "softmax", "tanh", "sgd",
    "adam", "lion", "grid", "tpe", "cmaes", "gp", "hyperband", "none", "unstuck", "minmax", "robust",
    "he_normal", "zeros", "identity", "30m",
)  # fmt: skip
"""What text of an experiment may be elsewhere in it."""

NAMES = (
    "../../x", "..", ".", "/x", "a/../../b", "a/b", "a\\..\\b", "~", "~root", "-rf", ".hidden", "a b",
    "a\n", "a\0b", "\u2024\u2024/x", "\uff0e\uff0e", "é", "x" * 101, "x" * 100, "$HOME", "%2e%2e", "con",
    "a:b", "..a", "a..",
)  # fmt: skip
"""Names for an experiment, most of which lead out of the results folder or nowhere."""


def mutated(number: int) -> bytes:
    """The file of a case; it follows from the case's number alone."""
    random = Random(f"experiment {number}")  # noqa: S311
    text = random.choice(list(SEEDS.values()))
    kind = random.randrange(10)
    if kind < 5:
        return damaged(text.encode(), random, SNIPPETS)
    if kind == 5:
        return _rewritten(text, random)
    data = read_yaml(text).data
    if random.random() < 0.1:
        data["name"] = random.choice(NAMES)
    for _ in range(random.choice((1, 1, 2, 3))):
        _change(data, random)
    return _written(data, random)


def nearly_right(number: int) -> bytes:
    """The file of a case whose data exist, with other values of the right types; most of them load."""
    random = Random(f"nearly right {number}")  # noqa: S311
    data = read_yaml(SEEDS[random.choice(ON_TABLES)]).data
    for _ in range(random.choice((1, 1, 2, 3))):
        container, key = random.choice(list(_places(data)))
        container[key] = _another(container[key], random)
    return _written(data, random)


def _rewritten(text: str, random: Random) -> bytes:
    """The file in another encoding, with other line ends or indentation, or with aliases or nesting in it."""
    lines = text.splitlines()
    match random.randrange(9):
        case 0:
            return text.encode(
                random.choice(("utf-16", "utf-16-be", "utf-32", "utf-8-sig", "cp037", "utf-7"))
            )
        case 1:
            return text.replace("\n", random.choice(("\r\n", "\r", "\n\n", "\x85", "\u2028", " \n"))).encode()
        case 2:
            return text.replace(
                "  ", random.choice(("\t", " ", "   ", "\u00a0")), random.randint(1, 9)
            ).encode()
        case 3:
            index = random.randrange(len(lines))
            lines[index] = " " * random.randint(0, 9) + lines[index].lstrip()
        case 4:
            lines.insert(random.randint(0, len(lines)), random.choice((LAUGHS, MERGES, LOOP)).rstrip())
        case 5:
            fixes = random.choice(("*a39", "*b39", "*loop"))
            return (LAUGHS + MERGES + LOOP + text.split("fixes:")[0] + f"fixes: {fixes}\n").encode()
        case 6:
            depth = random.choice((5, 29, 31, 200, 900))
            nested = random.choice((f"{'[' * depth}{']' * depth}", f"{'{a: ' * depth}{'}' * depth}"))
            lines.append(random.choice(("fixes: ", "x: ", "")) + nested)
        case 7:
            return b"\n".join((text * random.choice((1, 2, 60))).encode().splitlines()[::-1])
        case _:
            return random.randbytes(random.choice((0, 1, 9, 99))) + b"\n" * random.randint(0, 2)
    return "\n".join(lines).encode()


def _written(data: Any, random: Random) -> bytes:
    if random.random() < 0.2:
        return str(yaml.safe_dump(data)).encode()
    as_json = json.dumps(data, indent=random.choice((None, 1)), ensure_ascii=random.random() < 0.5)
    return as_json.replace("Infinity", ".inf").replace("NaN", ".nan").encode("utf-8", "surrogatepass")


def _change(data: dict[str, Any], random: Random) -> None:
    """Replace, wrap, move or drop a value, or rename its key."""
    places = list(_places(data))
    if not places:
        return
    container, key = random.choice(places)
    match random.randrange(12):
        case 0:
            del container[key]
        case 1:
            container[key] = [container[key]] * random.choice((1, 2))
        case 2:
            container[key] = {random.choice(KEYS): container[key]}
        case 3:
            other, other_key = random.choice(places)
            container[key] = copy.deepcopy(other[other_key])
        case 4 if isinstance(container, dict):
            container[random.choice(KEYS)] = container.pop(key)
        case 5 if isinstance(container, dict):
            container[random.choice(KEYS)] = copy.deepcopy(random.choice(VALUES))
        case 6:
            container[key] = copy.deepcopy(random.choice(VALUES))
        case _:
            container[key] = _another(container[key], random)


def _another(value: Any, random: Random) -> Any:
    """A value of the same type."""
    match value:
        case bool():
            return not value
        case int():
            return random.choice((0, 1, 2, 3, 7, 150, 1000, 2**31, 2**53, 2**63 - 1, -value))
        case float():
            return random.choice((0.0, 1e-300, 1e-9, 0.1, 0.5, 0.999, 1.0, 3.0, 1e9, 1e38, 1e308, -value))
        case str():
            return random.choice(WORDS)
        case list():
            return random.sample(value, len(value))[: random.randint(0, len(value))]
        case _:
            return value


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every value inside plain data, as its mapping or list and its key there."""
    for key, value in list(data.items() if isinstance(data, dict) else enumerate(data)):
        yield data, key
        if isinstance(value, dict | list):
            yield from _places(value)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A current folder, deep enough that its neighbours can be looked at, too."""
    monkeypatch.setattr(registry, "_own", {})
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # Python's cache of the user's fixes
    path = tmp_path / "one" / "two" / "three"
    path.mkdir(parents=True)
    monkeypatch.chdir(path)
    cities = ("Bonn", "Aachen", "Kiel")
    rows = (
        f"{1700 + row},{row * 37 % 101},{cities[row % 3]},s{row // 20},{'yn'[row % 2]}\n"
        for row in range(200)
    )
    Path("rows.csv").write_text("year,activity,city,station,wet\n" + "".join(rows))
    Path("own_fixes.py").write_text(OWN_FIXES)
    yield path
    sys.modules.pop("own_fixes", None)


BLOCK = 500


@pytest.mark.parametrize("block", range(20))
def test_a_mutated_file_loads_or_is_refused_in_one_line_that_names_it(folder: Path, block: int) -> None:
    with unchanged(folder.parents[2]):
        for number in range(BLOCK * block, BLOCK * (block + 1)):
            with _case(number, mutated(number)) as file, time_limit(SECONDS), without_effects():
                _load(file)


@pytest.mark.parametrize("text", SEEDS.values(), ids=SEEDS)
def test_the_files_are_right_before_they_are_mutated(folder: Path, text: str) -> None:
    with _case(0, text.encode()) as file:
        assert load_experiment(file).name in {"sunspots", "x"}


@pytest.mark.parametrize("name", NAMES)
def test_no_name_leads_out_of_the_results(folder: Path, name: str) -> None:
    content = f"name: {json.dumps(name)}\n{SEEDS['all fixes']}"
    with _case(0, content.encode()) as file:
        _load(file)


@pytest.mark.parametrize(("make", "cases"), [(mutated, 200), (nearly_right, 500)])
def test_checking_a_mutated_file_succeeds_or_prints_a_single_line(
    folder: Path,
    make: Callable[[int], bytes],
    cases: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", ["remedy"])
    with unchanged(folder.parents[2]):
        for number in range(cases):
            content = make(number)
            if b".py:" in content or b".keras" in content:  # these start a process that loads TensorFlow
                continue
            with _case(number, content) as file:
                with time_limit(SECONDS), without_effects(), pytest.raises(SystemExit) as ended:
                    main(["check", str(file)])
                _assert_said_in_one_line(ended.value.code, *capsys.readouterr())


@contextlib.contextmanager
def _case(number: int, content: bytes) -> Iterator[Path]:
    """A file with this content; what fails with it names it."""
    file = Path("x.yaml")
    file.write_bytes(content)
    try:
        yield file
    except BaseException as error:
        error.add_note(f"case {number}: {content!r}")
        raise
    finally:
        file.unlink()


def _load(file: Path) -> None:
    message = None
    try:
        name = load_experiment(file).name
    except RemedyError as error:
        message = str(error)
    if message is None:
        results = Path("results").resolve()
        assert (results / name).resolve().parent == results
    else:
        assert_one_line(message)
        assert message.startswith(f"{file}:")


def _assert_said_in_one_line(status: object, out: str, err: str) -> None:
    if status == 0:
        assert out
        assert not err
    else:
        assert (status, out) == (2, "")
        assert err.startswith("error: ")
        assert err.endswith("\n")
        assert_one_line(err[:-1])
