"""Everything that a report shows, read from the files of a study."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from remedy.errors import StudyError
from remedy.plan import Plan, Recipe, recipe_key
from remedy.results.comparison_file import Comparison, read_comparison
from remedy.results.diagnosis_file import read_diagnosis
from remedy.results.folder import StudyFolder
from remedy.results.study import Study
from remedy.results.trials_file import Row, read_rows
from remedy.search import TrialRecord

BASELINE, BEST, MINIMAL, OTHER = "baseline", "best recipe", "smallest recipe", "other trials"
"""Whose curve it is."""


@dataclass(frozen=True)
class Gathered:
    """What a report is made of.

    Attributes:
        name: of the study.
        verdict: as in `verdict.json`.
        baseline: the plan that recipes are applied to.
        columns: of `rows`.
        rows: the ranked trials.
        curves: a row per training and epoch: `training` (unique), `whose`, `trial` (`None` unless it is one
            of the search), `label`, and what `Study.curves` has.
        diagnosis: as in `diagnosis.json`; `None` without one.
        comparison: baseline and winner side by side; `None` if an older version has made the study.
        environment: as in `environment.json`.
        experiment: the text of `experiment.yaml`.
        script: the text of `best/train.py`; `None` if there is none.
    """

    name: str
    verdict: Mapping[str, Any]
    baseline: Plan
    columns: Sequence[str]
    rows: Sequence[Row]
    curves: pd.DataFrame
    diagnosis: Mapping[str, Any] | None
    comparison: Comparison | None
    environment: Mapping[str, Any]
    experiment: str
    script: str | None


def gather(folder: StudyFolder) -> Gathered:
    """Read the files of a study.

    Args:
        folder: of a study that has a verdict.

    Raises:
        StudyError: there is no verdict yet, or a file is damaged.
    """
    verdict = folder.read_verdict()
    if verdict is None:
        raise StudyError(f"{folder.path}: has no verdict yet; go on with: {folder.command_to_go_on()}")
    study = Study(folder)
    columns, rows = read_rows(folder.trials) if folder.trials.exists() else ([], [])
    script = folder.best / "train.py"
    return Gathered(
        name=folder.path.name,
        verdict=verdict,
        baseline=study.baseline,
        columns=columns,
        rows=rows,
        curves=_curves(study, verdict),
        diagnosis=read_diagnosis(folder),
        comparison=read_comparison(folder),
        environment=_read_json(folder, folder.environment.name),
        experiment=folder.experiment.read_text(encoding="utf-8"),
        script=script.read_text(encoding="utf-8") if script.exists() else None,
    )


def _read_json(folder: StudyFolder, name: str) -> dict[str, Any]:
    path = folder.path / name
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StudyError(
            f"{path}: cannot be read ({error}); delete it, and remedy run writes it again"
        ) from error
    return content


def _curves(study: Study, verdict: Mapping[str, Any]) -> pd.DataFrame:
    """The curves of the search's trials, and of one training of baseline, best and smallest recipe each."""
    trials = study.curves()
    parts = [trials.assign(whose=OTHER, label="trial " + trials["trial"].astype(str))]
    for whose, recipe in _shown(verdict):
        found = _training(study, recipe)
        if found is None:
            continue
        phase, record = found
        curve = study.curves(phase)
        curve = curve[curve["trial"] == record.number]
        parts.append(curve.assign(whose=whose, label=f"{whose}, seed {record.seed}", trial=None))
    table = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    return table.assign(training=table["label"])


def _shown(verdict: Mapping[str, Any]) -> list[tuple[str, Recipe]]:
    shown: list[tuple[str, Recipe]] = [(BASELINE, {})]
    best, minimal = verdict["best"], verdict["minimal"]
    if best is not None:
        shown.append((BEST, best["recipe"]))
    if minimal is not None and minimal["recipe"] != best["recipe"]:
        shown.append((MINIMAL, minimal["recipe"]))
    return shown


def _training(study: Study, recipe: Recipe) -> tuple[str, TrialRecord] | None:
    """The training of a recipe whose skill is the median of those with fresh seeds."""
    for phase in ("baseline", "confirmation", "ablation"):
        records = [one for one in study.records(phase) if recipe_key(one.recipe) == recipe_key(recipe)]
        ordered = sorted(
            (one for one in records if one.epochs), key=lambda one: (one.skill == one.skill, one.skill)
        )
        if ordered:
            return phase, ordered[len(ordered) // 2]
    return None
