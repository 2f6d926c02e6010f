"""What `remedy run` ends with: the answer first, then the proof, the trials and what to type next."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from remedy.cli.fixes_view import has_proof, print_fixes
from remedy.cli.options import results_option
from remedy.cli.trials_view import print_trials
from remedy.inert import legible
from remedy.plan import Plan
from remedy.results.diagnosis_file import read_diagnosis
from remedy.results.folder import StudyFolder
from remedy.results.trials_file import Row, read_rows
from remedy.wording.text import RANKING, count_text, duration_text, recipe_lines
from remedy.wording.verdict import advice, choice_text, persistence_text, sentence

_TOP = 5
_WIDEST = 140
"""In a pipe there is room for everything, but not for everyone who reads a log."""

VERDICT_STYLES = {
    "already_learning": "bold green",
    "unstuck": "bold green",
    "undertrained": "bold green",
    "no_signal": "bold yellow",
    "still_stuck": "bold yellow",
}


def print_outcome(
    console: Console, verdict: Mapping[str, Any], folder: StudyFolder, results: Path, baseline: Plan
) -> None:
    """Print the verdict, the fixes of the best recipe, the best trials and where everything is.

    Args:
        console: where to.
        verdict: as in `verdict.json`.
        folder: the study's.
        results: the folder that holds the studies, which the commands to type next have to name.
        baseline: the plan that recipes are applied to.
    """
    columns, rows = read_rows(folder.trials)
    console.print()
    told = sentence(verdict, rows, baseline, read_diagnosis(folder))
    name, _, rest = told.partition(":")
    console.print(Text.assemble((f"{name}:", VERDICT_STYLES[verdict["verdict"]]), legible(rest)))
    best = verdict["best"]
    for text in (persistence_text(verdict), advice(verdict)):
        if text:
            console.print(text)
    if has_proof(verdict):
        console.print()
        print_fixes(console, verdict)
    elif best:
        for line in recipe_lines(best["recipe"]):
            console.print(line)
    if rows:
        console.print()
        print_trials(console, columns, rows[:_TOP], width=min(console.width, _WIDEST))
        console.print(RANKING, style="dim")
        if text := choice_text(verdict):
            console.print(text)
    console.print()
    cost = verdict["cost"]
    # Folders of earlier versions do not say all of it.
    others = sum(cost.get("trainings", {}).values()) - cost.get("trainings", {}).get("search", 0)
    beside = f", {count_text(others, 'other training')}" if others > 0 else ""
    console.print(f"cost:    {count_text(cost['trials'], 'trial')}{beside}, {duration_text(cost['seconds'])}")
    if saved := round(100 * cost.get("epochs_saved", 0)):
        console.print(f"saved:   {saved} % of the trials' epochs, by early stopping")
    console.print(legible(f"results: {folder.path}"), soft_wrap=True)
    if folder.report.exists():
        console.print(legible(f"report:  {folder.report}"), soft_wrap=True)
    for command in _next_commands(verdict, folder, results, best["trial"] if best else _first(rows)):
        console.print(f"next:    {legible(command)}", soft_wrap=True)


def _first(rows: list[Row]) -> Any:
    return rows[0]["trial"] if rows else None


def _next_commands(verdict: Mapping[str, Any], folder: StudyFolder, results: Path, trial: Any) -> list[str]:
    place = results_option(results)
    name = shlex.quote(folder.path.name)
    if trial is None:
        return [f"remedy show {name} baseline{place}"]
    commands = [f"remedy results {name}{place}", f"remedy show {name} {trial}{place}"]
    if verdict["verdict"] in {"unstuck", "undertrained"}:
        smallest = " --minimal" if verdict["minimal"] else ""
        out = shlex.quote(f"{folder.path.name}-fixed")
        commands.append(f"remedy export {name}{smallest} --out {out}{place}")
    return commands
