"""A diagnosis is readable in a narrow terminal and plain in a file."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from remedy.cli.diagnose_experiment import print_diagnosis
from remedy.diagnosis import Diagnosis, Evidence, Finding

FINDING = Finding(
    "unscaled_target",
    "error",
    (
        Evidence("magnitude of the mean", 5013.0, 10.0, "load"),
        Evidence("standard deviation", 96.0, (0.01, 10.0), "load"),
    ),
    "y was never scaled: 'load' has a mean of 5,013",
    "A fresh network answers about 0, while the target lies around 5,013, give or take 96. Nearly all steps "
    "go into reaching that level.",
    fixes=("target_scaling", "clipnorm"),
    recipe={"target_scaling": "standard"},
    advice="Scale [y] by hand: this is no markup.",
)


def shown(width: int, *findings: Finding) -> str:
    console = Console(file=io.StringIO(), width=width, markup=False, highlight=False, color_system=None)
    print_diagnosis(console, Diagnosis(findings, is_stuck=True))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [50, 80])
def test_everything_below_a_finding_is_indented_however_narrow_the_terminal(width: int) -> None:
    lines = shown(width, FINDING).splitlines()
    start = lines.index("1. unscaled_target (error)")
    assert len(lines) > start + 7
    assert all(line.startswith("   ") for line in lines[start + 1 :])
    assert max(map(len, lines)) <= width


def test_a_wide_output_has_a_line_for_each_thing() -> None:
    text = shown(1000, FINDING)
    assert text.splitlines()[0] == (
        "The loss is stuck most likely because y was never scaled: 'load' has a mean of 5,013."
    )
    assert "   - magnitude of the mean of 'load': 5.01e+03 (threshold 10)\n" in text
    assert "   - standard deviation of 'load': 96 (usual 0.01 to 10)\n" in text
    assert "   try first: target_scaling=standard\n   also treated by: clipnorm\n" in text
    assert "   Scale [y] by hand: this is no markup.\n" in text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_several_findings_are_counted() -> None:
    assert (
        shown(1000, FINDING, FINDING).splitlines()[-1].startswith("2 findings; what stands first is closest")
    )
