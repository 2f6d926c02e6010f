"""What `--set key=value` on the command line does to the file."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from remedy.config import Experiment, FixSetting
from remedy.config.overrides import apply_overrides
from remedy.errors import ConfigError
from remedy.fixes import builtin_fixes, parse_space

Load = Callable[..., Experiment]

MINIMAL = "data: {source: a.csv, target: y}\nmodel: {template: dense}\n"


def test_values_are_yaml_and_the_last_one_wins(load: Load) -> None:
    experiment = load(
        MINIMAL + "training: {epochs: 30}\n",
        "training.epochs=5",
        "training.epochs=7",
        "training.optimizer.learning_rate=1e-5",
        "data.features=[a, b]",
        "search={trials: 3, timeout: 2m}",
        "name=other",
    )
    assert experiment.training.epochs == 7
    assert experiment.training.optimizer.learning_rate == 1e-5
    assert experiment.data.features == ["a", "b"]
    assert (experiment.search.trials, experiment.search.timeout) == (3, 120)
    assert experiment.name == "other"


def test_a_value_may_hold_an_equals_sign(load: Load) -> None:
    assert load(MINIMAL, "data.target=a=b").data.target == ["a=b"]


def test_an_empty_value_restores_the_default(load: Load) -> None:
    assert load(MINIMAL + "training: {epochs: 5}\n", "training.epochs=").training.epochs == 30


def test_a_value_from_the_command_line_mends_the_file(load: Load) -> None:
    assert load(MINIMAL + "training: {epochs: ten}\n", "training.epochs=10").training.epochs == 10


def test_setting_one_fix_leaves_the_others_of_the_default(load: Load) -> None:
    fixes = load(MINIMAL, "fixes.clipnorm=off", "fixes.depth=[1, 2]").fixes
    assert fixes.keys() == builtin_fixes().keys() - {"clipnorm"}
    assert fixes["depth"] == FixSetting(parse_space([1, 2]))


def test_dots_in_quotes_and_in_fixes_of_ones_own_part_nothing() -> None:
    for text, expected in (
        ("fixes.my_fixes.py:DropoutRate=on", {"fixes": {"my_fixes.py:DropoutRate": True}}),
        ("fixes.a.fixes:Rate.low=1", {"fixes": {"a.fixes:Rate": {"low": 1}}}),
        ('data.categorical."a.b"=drop', {"data": {"categorical": {"a.b": "drop"}}}),
    ):
        assert apply_overrides({"fixes": {}} if "fixes" in expected else {}, [text])[0] == expected
    with pytest.raises(ConfigError, match="expected key=value"):
        apply_overrides({}, ["a\nb.c=1"])


def test_setting_one_fix_leaves_the_others_of_the_file(load: Load) -> None:
    assert load(MINIMAL + "fixes: {scaling: true}\n", "fixes.depth=2").fixes == {
        "scaling": FixSetting(),
        "depth": FixSetting(parse_space(2)),
    }


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("epochs", "--set epochs: expected key=value, such as training.epochs=10"),
        ("=3", "--set =3: expected key=value, such as training.epochs=10"),
        ("training..epochs=3", "--set training..epochs=3: expected key=value, such as training.epochs=10"),
        (
            "training.epochs=ten",
            "--set training.epochs=ten: training.epochs: expected a whole number, got 'ten'",
        ),
        (
            "trainig.epochs=3",
            "--set trainig.epochs=3: trainig: unknown key 'trainig'; did you mean 'training'?",
        ),
        (
            "data={source: x}",
            "--set data={source: x}: data.target is missing: the column or columns to predict",
        ),
        (
            "data.source.x=3",
            "--set data.source.x=3: data.source is 'a.csv', which has no keys; "
            "set data.source as a whole: --set 'data.source={...}'",
        ),
        (
            "fixes.scaling=[minmaxx]",
            "--set fixes.scaling=[minmaxx]: fixes.scaling[0]: unknown value 'minmaxx'; "
            "did you mean 'minmax'? Allowed: minmax, standard, robust",
        ),
        (
            "name=a/b",
            "--set name=a/b: name: 'a/b' cannot name a folder; use up to 100 letters, digits, "
            "'_', '-' and '.', and begin with a letter, digit or '_'",
        ),
        (
            "training.epochs=[",
            "--set training.epochs=[: not valid YAML: expected the node content, but found '<stream end>'",
        ),
        (
            "training.epochs=!x 3",
            "--set training.epochs=!x 3: the tag !x is not supported; write plain values",
        ),
        (
            "training.epochs=.inf",
            "--set training.epochs=.inf: training.epochs: expected a finite number, got inf",
        ),
    ],
)
def test_mistakes_name_the_override(load: Load, override: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(MINIMAL, override)
    assert str(error.value) == message


def test_a_mistake_in_the_file_beside_an_override_still_names_its_line(load: Load) -> None:
    with pytest.raises(ConfigError) as error:
        load(MINIMAL + "training:\n  batch_size: 0\n", "training.epochs=3")
    assert str(error.value) == "x.yaml:4: training.batch_size: must be at least 1, got 0"


def test_a_later_override_takes_the_blame_from_an_earlier_one(load: Load) -> None:
    with pytest.raises(ConfigError, match=r"^--set training=\{epochs: 0\}: training.epochs: must be"):
        load(MINIMAL, "training.epochs=3", "training={epochs: 0}")
