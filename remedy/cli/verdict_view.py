"""The verdict in words: one sentence first, then the recipe, then what to type next."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from remedy.cli.options import DEFAULT_RESULTS
from remedy.cli.rows import Row
from remedy.cli.trials_view import print_trials
from remedy.cli.wording import count_text, duration_text, recipe_lines, skill_text
from remedy.results.folder import StudyFolder
from remedy.results.trials_file import read_rows

_TOP = 10
_STYLES = {"unstuck": "bold green", "already_learning": "bold green", "still_stuck": "bold yellow"}


def print_outcome(console: Console, verdict: Mapping[str, Any], folder: StudyFolder, results: Path) -> None:
    """Print the best trials, the verdict and where everything is.

    Args:
        console: where to.
        verdict: as in `verdict.json`.
        folder: the study's.
        results: the folder that holds the studies, which the commands to type next have to name.
    """
    columns, rows = read_rows(folder.trials)
    if rows:
        console.print()
        print_trials(console, columns, rows[:_TOP])
    console.print()
    name, _, rest = sentence(verdict, rows).partition(":")
    console.print(Text.assemble((f"{name}:", _STYLES[verdict["verdict"]]), rest))
    best = verdict["best"]
    if best:
        for line in recipe_lines(best["recipe"]):
            console.print(line)
        if text := persistence_text(best["metrics"]):
            console.print(text)
    if verdict["verdict"] == "still_stuck":
        console.print(advice(verdict))
    console.print()
    cost = verdict["cost"]
    trained = f"{count_text(cost['trials'], 'trial')}, {duration_text(cost['seconds'])} of training"
    console.print(f"results: {folder.path} ({trained})", soft_wrap=True)
    for command in _next_commands(folder, results, best["trial"] if best else _first(rows)):
        console.print(f"next:    {command}", soft_wrap=True)


def sentence(verdict: Mapping[str, Any], rows: list[Row]) -> str:
    """The verdict in one sentence.

    Args:
        verdict: as in `verdict.json`.
        rows: the ranked trials.
    """
    baseline, best = verdict["baseline"], verdict["best"]
    match verdict["verdict"]:
        case "unstuck":
            return (
                f"unstuck: skill {_interval(best)} against {_baseline(baseline)}; "
                f"test skill {skill_text(best['test_skill'])}"
            )
        case "already_learning":
            return (
                f"already learning: the baseline is fine with skill {skill_text(baseline['skill'])} "
                f"and test skill {skill_text(baseline['test_skill'])}; nothing was changed"
            )
    if best:
        return (
            f"still stuck: no recipe held up under fresh seeds; the best has skill {_interval(best)}, "
            f"{best['learning']} of {best['seeds']} seeds learning, test skill "
            f"{skill_text(best['test_skill'])}, against {_baseline(baseline)}"
        )
    seen = f"none of {count_text(len(rows), 'trial')} moved the loss enough to be confirmed"
    if rows:
        skill = rows[0]["skill"]
        seen += (
            f"; the best, trial {rows[0]['trial']}, has skill "
            f"{skill_text(skill if isinstance(skill, int | float) else None)} ({rows[0]['status']})"
        )
    return f"still stuck: {seen}, against {_baseline(baseline)}"


def advice(verdict: Mapping[str, Any]) -> str:
    """What may help a loss that is still stuck."""
    trials = 2 * max(verdict["cost"]["trials"], 1)
    return (
        f"A larger budget may find a recipe (--trials {trials}, or more training.epochs). If it does not, "
        "look at the data: do the features tell anything about the target, and are there enough rows?"
    )


def persistence_text(metrics: Mapping[str, float]) -> str | None:
    """How the winner compares with repeating the last value; `None` where there is none to repeat."""
    skill = metrics.get("skill_against_persistence")
    if skill is None:
        return None
    if skill < 0:
        return (
            f"warning: worse than repeating the last value (skill against persistence {skill_text(skill)}): "
            "the model learns, but is of no use as a forecast yet"
        )
    return f"skill against persistence (repeating the last value): {skill_text(skill)}"


def _interval(best: Mapping[str, Any]) -> str:
    if best["skill_low"] is None:
        return f"{skill_text(best['skill'])} (at least one seed diverged)"
    return (
        f"{skill_text(best['skill'])} ({skill_text(best['skill_low'])} to {skill_text(best['skill_high'])})"
    )


def _baseline(baseline: Mapping[str, Any]) -> str:
    if baseline["skill"] is None:
        return f"a baseline that has none ({baseline['status']})"
    return f"{skill_text(baseline['skill'])} for the baseline ({baseline['status']})"


def _first(rows: list[Row]) -> Any:
    return rows[0]["trial"] if rows else None


def _next_commands(folder: StudyFolder, results: Path, trial: Any) -> list[str]:
    place = "" if results == DEFAULT_RESULTS else f" --results {shlex.quote(str(results))}"
    name = shlex.quote(folder.path.name)
    if trial is None:
        return [f"remedy show {name} baseline{place}"]
    return [f"remedy results {name}{place}", f"remedy show {name} {trial}{place}"]
