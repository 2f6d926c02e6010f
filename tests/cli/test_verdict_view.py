from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rich.console import Console

from remedy.cli.fixes_view import print_fixes
from remedy.cli.verdict_view import print_outcome
from remedy.fixes.catalogue import EXAMPLE
from remedy.results.folder import StudyFolder
from remedy.results.trials_file import Row, read_rows, write_trials
from remedy.search import EQUAL_SKILL
from remedy.wording.verdict import advice


def printed(verdict: dict[str, Any], study: StudyFolder, results: str = "results") -> str:
    file = io.StringIO()
    print_outcome(Console(file=file, width=200, markup=False), verdict, study, Path(results), EXAMPLE)
    return file.getvalue()


def table(verdict: dict[str, Any], width: int) -> str:
    file = io.StringIO()
    print_fixes(Console(file=file, width=width, markup=False, highlight=False), verdict)
    return file.getvalue()


def test_the_answer_comes_first(verdict: dict[str, Any], study: StudyFolder) -> None:
    text = printed(verdict, study)
    parts = [
        "unstuck: The loss was stuck because X was never scaled",
        "without",
        "rank",
        "results: ",
        "next: ",
    ]
    assert sorted(parts, key=text.index) == parts
    assert text.lstrip().startswith(parts[0])


def test_a_row_for_each_fix_of_the_recipe(verdict: dict[str, Any], study: StudyFolder) -> None:
    lines = [line.split() for line in printed(verdict, study).splitlines()]
    assert [
        "scaling",
        "minmax",
        "0.72",
        "-0.80",
        "1.53",
        "1.40",
        "to",
        "1.66",
        "needed",
        "*",
        "1/1",
        "0/2",
    ] in lines
    (plateau,) = (line for line in lines if line[:1] == ["reduce_lr_on_plateau"] and "neutral" in line)
    assert plateau == [
        *("reduce_lr_on_plateau", "factor", "0.1,", "patience", "5"),
        *("-", "0.72", "0.01", "-0.02", "to", "0.04", "neutral"),
    ]
    assert "association, not cause" in printed(verdict, study)


def test_the_most_needed_fix_comes_first(verdict: dict[str, Any]) -> None:
    first = verdict["fixes"][0]
    verdict["fixes"] = [
        first | {"fix": name, "role": role, "drop": drop}
        for name, role, drop in (
            ("undecided", None, None),
            ("harmful", "harmful", -0.1),
            ("less", "needed", 0.5),
            ("more", "needed", 0.9),
            ("diverging", "needed", None),
            ("helpful", "helpful", 0.04),
        )
    ]
    lines = table(verdict, 200).splitlines()[2:8]
    assert [line.split()[0] for line in lines] == [
        *("diverging", "more", "less", "helpful", "harmful", "undecided")
    ]


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_the_table_fits_and_says_what_is_hidden(verdict: dict[str, Any], width: int) -> None:
    text = table(verdict, width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    for seen in ("minmax", "1.53", "needed *", "neutral"):
        assert seen in text
    hidden = {name for name in ("alone", "interval") if name in text.partition("for want of room:")[2]}
    assert hidden == {60: {"alone", "interval"}, 80: {"interval"}}.get(width, set())


def test_the_role_in_the_smallest_recipe_if_it_is_another_one(verdict: dict[str, Any]) -> None:
    assert "its role there" not in table(verdict, 80)
    verdict["fixes"][1] |= {"in_minimal": True, "role_in_minimal": "needed"}
    text = table(verdict, 80)
    assert "neutral * (needed)" in text
    assert "* part of the smallest recipe that does it, in brackets its role there" in text
    assert max(map(len, text.splitlines())) <= 80


def test_figures_that_look_odd_are_explained(verdict: dict[str, Any]) -> None:
    odd = ("drop -: trainings diverge", "needed: most seeds are stuck without it, whatever")
    assert not any(text in table(verdict, 100) for text in odd)
    verdict["fixes"][0] |= {"drop_low": 0.0}
    verdict["fixes"][1] |= dict.fromkeys(["drop", "drop_low", "drop_high"])
    assert all(text in table(verdict, 100) for text in odd)


def test_without_effects_there_are_no_empty_columns(verdict: dict[str, Any]) -> None:
    verdict["effects"] = []
    text = table(verdict, 200)
    assert "learned" not in text
    assert "interval" in text


def test_without_ablation_the_recipe_is_listed(verdict: dict[str, Any], study: StudyFolder) -> None:
    nothing = dict.fromkeys(["alone", "without", "drop", "drop_low", "drop_high", "role"])
    verdict["fixes"] = [row | nothing | {"in_minimal": False} for row in verdict["fixes"]]
    text = printed(verdict | {"ablation": "off", "minimal": None}, study)
    assert "  scaling               minmax\n" in text
    assert "  reduce_lr_on_plateau  factor 0.1, patience 5\n" in text
    assert "interval" not in text


def test_outcome_names_place_and_next_commands(verdict: dict[str, Any], study: StudyFolder) -> None:
    text = printed(verdict, study)
    assert "warning: worse than repeating the last value (skill against persistence -0.30)" in text
    assert "cost:    4 trials, 15 other trainings, 1 min 24 s\n" in text
    assert "saved:   61 % of the trials' epochs, by early stopping\n" in text
    assert "results: results/sine\n" in text
    assert "remedy results sine\n" in text
    assert "remedy show sine 1\n" in text
    assert "remedy export sine --minimal --out sine-fixed\n" in text


def test_ranking_and_choice_are_explained(verdict: dict[str, Any], study: StudyFolder) -> None:
    text = printed(verdict, study)
    assert f"within {EQUAL_SKILL} of each other, fewer fixes come first" in text
    assert "fresh seeds" not in text.partition("rank ")[2]
    seeds = {"seeds": 3, "learning": 3}
    verdict["confirmed"] = [
        {"trial": 1, "skill": 0.7, "skill_low": 0.6, "skill_high": 0.8, **seeds},
        {"trial": 2, "skill": 0.75, "skill_low": 0.5, "skill_high": 1.0, **seeds},
    ]
    assert "trained with fresh seeds: trial 1 0.700 (0.600 to 0.800), best" in printed(verdict, study)


def test_in_a_pipe_the_trials_are_no_wider_than_people_read(
    verdict: dict[str, Any], study: StudyFolder
) -> None:
    columns, rows = read_rows(study.trials)
    many: Row = {f"fix_{number}.of_a_long_name": 0.25 for number in range(12)}
    write_trials(study.trials, pd.DataFrame([row | many for row in rows], columns=[*columns, *many]))
    file = io.StringIO()
    print_outcome(Console(file=file, width=1000, markup=False), verdict, study, Path("results"), EXAMPLE)
    table = file.getvalue().partition("rank ")[2].partition("ranked by")[0]
    assert max(map(len, table.splitlines())) <= 140
    assert "fix_11.of_a_long_name=0.25" in table or "fix_11(of_a_long_name=0.25)" in table


def test_without_a_smallest_recipe_the_full_one_is_exported(
    verdict: dict[str, Any], study: StudyFolder
) -> None:
    assert "remedy export sine --out sine-fixed\n" in printed(verdict | {"minimal": None}, study)
    stuck = verdict | {"verdict": "still_stuck", "minimal": None}
    assert "remedy export" not in printed(stuck, study)


def test_commands_name_another_results_folder(verdict: dict[str, Any], study: StudyFolder) -> None:
    assert "remedy show sine 1 --results 'my results'" in printed(verdict, study, "my results")


def test_a_recipe_that_fails_on_the_test_rows_needs_no_larger_budget(verdict: dict[str, Any]) -> None:
    failing = verdict | {"verdict": "still_stuck", "best": verdict["best"] | {"test_skill": -0.5}}
    assert "Compare the test rows with those trained on." in str(advice(failing))
    assert "A larger budget may find a recipe" in str(advice(verdict | {"verdict": "still_stuck"}))


def _fine(verdict: dict[str, Any], **probe: float) -> dict[str, Any]:
    baseline = {"status": "learning", "skill": 0.69, "test_skill": 0.8}
    learnability = {"probe": "ridge", "skill": 0.7, "skill_low": 0.5, "skill_high": 0.9} | probe
    return verdict | {
        "verdict": "already_learning",
        "baseline": baseline | {"metrics": {"skill_against_persistence": -0.4}},
        "learnability": learnability,
        "best": None,
        "minimal": None,
        "fixes": [],
        "ablation": None,
    }


def test_a_fine_baseline_is_held_against_repeating_the_last_value(
    verdict: dict[str, Any], study: StudyFolder
) -> None:
    shown = printed(_fine(verdict), study)
    assert "warning: worse than repeating the last value (skill against persistence -0.40)" in shown
    assert "There may be more to learn" not in shown
    assert "thresholds.min_skill" not in shown


def test_a_simple_model_that_may_be_better_than_a_fine_baseline_is_named(
    verdict: dict[str, Any], study: StudyFolder
) -> None:
    shown = " ".join(printed(_fine(verdict, skill=0.86), study).split())
    assert "nothing was changed. There may be more to learn: ridge regression reaches 0.86" in shown
    assert "--set thresholds.min_skill=0.79 --fresh" in shown


def test_still_stuck_gives_advice(verdict: dict[str, Any], study: StudyFolder) -> None:
    verdict |= {"verdict": "still_stuck", "best": None, "minimal": None, "fixes": []}
    text = printed(verdict, study)
    assert "--trials 20" in text
    cost = verdict["cost"] | {"trials": 60}
    assert "--trials 120" in str(advice(verdict | {"cost": cost}))
    assert "look at the data" not in text  # a simple model learns from it
    assert "remedy show sine 1\n" in text
    verdict["learnability"]["skill_low"] = -0.1
    assert "look at the data" in printed(verdict, study)


def test_already_learning_points_to_the_baseline(verdict: dict[str, Any], study: StudyFolder) -> None:
    verdict |= {"verdict": "already_learning", "best": None, "minimal": None, "fixes": []}
    study.trials.write_text(study.trials.read_text().splitlines()[0] + "\n")
    assert "remedy show sine baseline\n" in printed(verdict, study)
