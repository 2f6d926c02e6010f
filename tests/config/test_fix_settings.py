"""What each way to write a fix means."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from remedy.config import Experiment, FixSetting
from remedy.fixes import Choice, Fixed, Parameters, Range, Space, builtin_fixes

Load = Callable[..., Experiment]

MINIMAL = "data: {source: a.csv, target: y}\nmodel: {template: dense}\n"
VARIANCE = Parameters({"class_name": Fixed("variance_scaling"), "config": Parameters({"scale": Fixed(2.0)})})


def choice(*values: object) -> Space:
    return Choice(tuple(map(Fixed, values)))


@pytest.mark.parametrize(
    ("written", "setting"),
    [
        ("scaling: true", FixSetting()),
        ("scaling: on", FixSetting()),
        ("scaling: minmax", FixSetting(Fixed("minmax"))),
        ("scaling: [minmax]", FixSetting(Fixed("minmax"))),
        ("scaling: [minmax, robust]", FixSetting(choice("minmax", "robust"))),
        ("scaling: [off, minmax, robust]", FixSetting(choice("minmax", "robust"))),
        ("scaling: {choices: [minmax, off, robust]}", FixSetting(choice("minmax", "robust"))),
        ("scaling: {required: true}", FixSetting(required=True)),
        ("scaling: {required: false}", FixSetting()),
        (
            "scaling: {choices: [minmax, robust], required: true}",
            FixSetting(choice("minmax", "robust"), required=True),
        ),
        ("scaling: {value: minmax, required: true}", FixSetting(Fixed("minmax"), required=True)),
        ("batch_normalization: [on, off]", FixSetting(Fixed(value=True))),
        ("batch_normalization: [true, false]", FixSetting(Fixed(value=True))),
        ("batch_normalization: {value: on, required: on}", FixSetting(Fixed(value=True), required=True)),
        ("depth: 2", FixSetting(Fixed(2))),
        ("depth: {low: 1, high: 3}", FixSetting(Range(1, 3))),
        ("depth: {low: 1, high: 3, required: true}", FixSetting(Range(1, 3), required=True)),
        ("clipnorm: {low: 1e-1, high: 10, log: true}", FixSetting(Range(0.1, 10, log=True))),
        ("clipnorm: {low: 0.5, high: 5, step: 0.5}", FixSetting(Range(0.5, 5, step=0.5))),
        ("clipnorm: [0.5, {low: 1, high: 5}]", FixSetting(Choice((Fixed(0.5), Range(1, 5))))),
        (
            "reduce_lr_on_plateau: {factor: [0.1, 0.5], patience: 5, required: true}",
            FixSetting(Parameters({"factor": choice(0.1, 0.5), "patience": Fixed(5)}), required=True),
        ),
        (
            "reduce_lr_on_plateau: [{factor: 0.1}, {patience: {low: 3, high: 9}}]",
            FixSetting(Choice((Parameters({"factor": Fixed(0.1)}), Parameters({"patience": Range(3, 9)})))),
        ),
        (
            "kernel_initializer: [he_normal, {class_name: variance_scaling, config: {scale: 2.0}}]",
            FixSetting(Choice((Fixed("he_normal"), VARIANCE))),
        ),
    ],
)
def test_a_fix_means_what_is_written(load: Load, written: str, setting: FixSetting) -> None:
    name = written.partition(":")[0]
    assert load(f"{MINIMAL}fixes:\n  {written}\n").fixes == {name: setting}


def test_only_the_fixes_that_are_listed_are_searched(load: Load) -> None:
    fixes = load(MINIMAL + "fixes: {learning_rate: true, scaling: true, depth: off, clipnorm: false}\n").fixes
    assert list(fixes) == ["scaling", "learning_rate"]


def test_the_order_in_the_file_does_not_matter(load: Load) -> None:
    names = list(builtin_fixes())
    section = "".join(f"  {name}: true\n" for name in reversed(names))
    assert list(load(f"{MINIMAL}fixes:\n{section}").fixes) == names


def test_a_grid_over_lists_and_stepped_ranges_is_accepted(load: Load) -> None:
    fixes = "fixes: {depth: {low: 1, high: 3}, clipnorm: {low: 0.5, high: 2, step: 0.5}}\n"
    assert load(MINIMAL + "search: {sampler: grid}\n" + fixes).search.sampler == "grid"


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        ("depth: {low: 1, high: 3}", True),
        ("clipnorm: {low: 1, high: 5}", False),
        ("clipnorm: {low: 1, high: 5, step: 2}", True),
        ("learning_rate: {low: 1, high: 2, log: true}", False),
    ],
)
def test_a_range_of_whole_bounds_holds_fractions_where_the_fix_takes_them(
    load: Load, written: str, whole: bool
) -> None:
    (setting,) = load(f"{MINIMAL}fixes:\n  {written}\n").fixes.values()
    assert isinstance(setting.space, Range)
    assert setting.space.is_integer == whole
