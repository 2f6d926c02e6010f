"""What a report tells in words and tables, whatever it is written in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from remedy.errors import RemedyError
from remedy.fixes import apply_recipe
from remedy.plan import diff
from remedy.report.gather import Gathered
from remedy.results.trials_file import recipe_of
from remedy.wording.fixes import by_usefulness, changes_role
from remedy.wording.text import recipe_text


def about(study: Gathered) -> str:
    """What was trained on, with what and when, in one line."""
    environment = study.environment
    samples, versions = environment["data"]["samples"], environment["versions"]
    split = (
        f"{samples['train']:,} samples to train on, {samples['validation']:,} to validate, "
        f"{samples['test']:,} to test"
    )
    return f"{split} \u00b7 Keras {versions['keras']} \u00b7 {environment['started'][:10]}"


def fixes(verdict: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The fixes in the order of their use, with what the search saw of each."""
    effects = {effect["fix"]: effect for effect in verdict["effects"]}
    return [
        dict(fix)
        | {
            "effect": effects.get(fix["fix"]),
            "there": fix["role_in_minimal"] if changes_role(fix) else None,
        }
        for fix in by_usefulness(verdict["fixes"])
    ]


def trials(study: Gathered) -> Iterator[dict[str, Any]]:
    """The ranked trials, each with its difference from the baseline as `recipe`."""
    for row in study.rows:
        yield dict(row) | {"recipe": recipe_text(recipe_of(row)) or "the baseline as it is"}


def changes(study: Gathered) -> list[dict[str, Any]]:
    """What best and smallest recipe change in the baseline's plan, as far as that is still known."""
    verdict = study.verdict
    shown: list[dict[str, Any]] = []
    for title, result in (("smallest recipe", verdict["minimal"]), ("best recipe", verdict["best"])):
        if result is None or any(result["recipe"] == other["recipe"] for other in shown):
            continue
        try:
            changes = diff(study.baseline, apply_recipe(study.baseline, result["recipe"]))
        except RemedyError:
            continue
        shown.append({"title": title, "recipe": result["recipe"], "changes": changes})
    return shown


def evidence(measured: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Rows of a finding's evidence: what, where, value, threshold."""
    for what, one in measured.items():
        bounds = one.get("threshold")
        if isinstance(bounds, list):
            limit = f"{_number_text(bounds[0])} to {_number_text(bounds[1])}"
        else:
            limit = "" if bounds is None else _number_text(bounds)
        yield what, one.get("at") or "", _number_text(one["value"]), limit


def _number_text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
