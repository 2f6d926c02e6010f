"""What Jupyter shows of verdicts, studies and findings."""

from __future__ import annotations

import copy
import math
import re
from html import unescape
from typing import Any

import pytest

from remedy.diagnosis import Finding, Findings
from remedy.results.notebook_view import trials_html, verdict_html
from remedy.results.trials_file import Row
from remedy.results.verdict import BaselineResult, Cost, LearnabilityResult, Verdict
from remedy.training import Status
from tests.cli.conftest import VERDICT

HOSTILE = "<img src=x onerror=alert(1)>\x1b[2J"


def rows(html: str) -> list[list[str]]:
    """The cells of all tables."""
    lines = re.findall(r"<tr>(.*?)</tr>", html)
    return [[unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line)] for line in lines]


def test_a_verdict_shows_skill_interval_recipes_and_roles() -> None:
    html = verdict_html(VERDICT)
    assert "<strong>unstuck</strong> after 4 trials, 84 s of training" in html
    shown = rows(html)
    assert ["baseline", "as it is: slow", "-0.88", "", "-1.20"] in shown
    best = "scaling: minmax, reduce_lr_on_plateau: (factor: 0.1, patience: 5)"
    assert ["best", best, "0.73", "0.69 to 0.77", "0.85"] in shown
    assert ["smallest", "scaling: minmax", "0.72", "0.68 to 0.76", ""] in shown
    assert ["scaling", "minmax", "needed", "0.72", "-0.80", "1.53", "1.40 to 1.66"] in shown


def test_a_verdict_without_a_cure_is_shown_as_well() -> None:
    verdict = Verdict(
        verdict="no_signal",
        baseline=BaselineResult(Status.DIVERGED, math.nan, math.nan, {}, seeds=3, learning=0),
        best=None,
        minimal=None,
        confirmed=(),
        fixes=(),
        effects=(),
        learnability=LearnabilityResult("ridge", -0.1, -0.2, 0.0),
        ablation=None,
        cost=Cost(1, 2.0, 1.0, None, 0.0, {"search": 1}),
    )
    html = verdict._repr_html_()
    assert "<strong>no signal</strong> after 1 trial, 2 s" in html
    assert rows(html)[1:] == [["baseline", "as it is: diverged", "", "", ""]]


@pytest.mark.parametrize("place", ["fix", "value", "recipe"])
def test_names_from_outside_stay_text(place: str) -> None:
    verdict: dict[str, Any] = copy.deepcopy(VERDICT)
    if place == "recipe":
        verdict["best"]["recipe"] = {HOSTILE: {HOSTILE: HOSTILE}}
    else:
        verdict["fixes"][0][place] = HOSTILE
    html = verdict_html(verdict)
    assert "<img" not in html
    assert "\x1b" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;\\x1b[2J" in html


def test_trials_show_what_is_on() -> None:
    row: Row = {
        "rank": 1,
        "trial": 7,
        "status": "learning",
        "skill": 0.81234,
        "train_skill": 0.9,
        "epochs": 3,
    }
    fixes: Row = {"seconds": 1.25, "seed": 0, "clipnorm": 1.2345, "scaling": None, "plateau.patience": 5}
    shown = rows(trials_html([{**row, **fixes}] * 8))
    assert shown[1] == ["1", "7", "learning", "0.812", "3", "1.2", "clipnorm: 1.23, plateau: (patience: 5)"]
    assert len(shown) == 6


def test_findings_are_a_list_that_can_be_shown() -> None:
    finding = Finding("unscaled_target", "error", (), HOSTILE, "Nothing moves.", ("target_scaling",))
    found = Findings([finding])
    assert found == [finding]
    html = found._repr_html_()
    assert rows(html)[1][:3] == ["1", "unscaled_target", "error"]
    assert "<img" not in html
    assert Findings()._repr_html_() == "<p><strong>nothing found</strong></p>"


def test_colours_are_left_to_the_page() -> None:
    assert "color" not in verdict_html(VERDICT)
