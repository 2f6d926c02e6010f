"""`remedy show`: what one trial changed against the baseline, and how it went."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from remedy.cli.console import make_console, print_json
from remedy.cli.trial_view import TrialDetails, print_baseline, print_trial
from remedy.errors import RemedyError, StudyError
from remedy.fixes import apply_recipe
from remedy.plan import Change, Recipe, diff
from remedy.results.folder import find_study
from remedy.results.study import Study
from remedy.search import TrialRecord

_BASELINE = "baseline"


def show_trial(study_name: str, trial: str, results: Path, *, json: bool) -> None:
    """Print one trial of the search, or the trainings of the baseline.

    Raises:
        StudyError: there is no such study or trial.
    """
    study = Study(find_study(study_name, results))
    if trial == _BASELINE:
        shown = [_details(study, record, _BASELINE) for record in study.records(_BASELINE)]
        if not shown:
            raise StudyError(
                f"{study.path}: no training of the baseline has finished yet; "
                "remedy run goes on with the study"
            )
        if json:
            print_json([details.to_plain() for details in shown])
        else:
            print_baseline(make_console(), shown)
        return
    details = _details(study, _find(study, trial), "search")
    if json:
        print_json(details.to_plain())
    else:
        print_trial(make_console(), details)


def _find(study: Study, trial: str) -> TrialRecord:
    records = {str(record.number): record for record in study.records()}
    if trial not in records:
        there = (
            f"there are {_ranges([record.number for record in records.values()])}" if records else "there is"
        )
        what = f"{there}, and 'baseline'" if records else f"{there} 'baseline'"
        raise StudyError(f"no finished trial {trial!r} in {study.path}; {what}")
    return records[trial]


def _ranges(numbers: list[int]) -> str:
    """Numbers in ascending order, neighbours joined.

    >>> _ranges([0, 1, 2, 5, 7, 8])
    '0-2, 5, 7-8'
    """
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _details(study: Study, record: TrialRecord, kind: str) -> TrialDetails:
    curves = study.curves(kind)
    changes, why_not = _changes(study, record.recipe)
    return TrialDetails(
        study=study.path.name,
        record=record,
        rank=_rank(study, record) if kind == "search" else None,
        changes=changes,
        why_no_changes=why_not,
        curve=_curve(curves, record.number),
    )


def _changes(study: Study, recipe: Recipe) -> tuple[list[Change] | None, str]:
    """What the recipe changes in the baseline's plan, or why that is not known any more."""
    if not recipe:
        return [], ""
    try:
        return diff(study.baseline, apply_recipe(study.baseline, recipe)), ""
    except RemedyError as error:
        return None, str(error)


def _rank(study: Study, record: TrialRecord) -> int | None:
    table = study.trials()
    ranks = table.loc[table["trial"] == record.number, "rank"]
    return int(ranks.iloc[0]) if len(ranks) else None


def _curve(curves: pd.DataFrame, number: int) -> list[dict[str, Any]]:
    rows = curves[curves["trial"] == number].drop(columns="trial")
    return [{str(key): value for key, value in row.items()} for row in rows.to_dict("records")]
