"""Which training of a study is exported."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from remedy.errors import StudyError
from remedy.plan import Recipe, recipe_key
from remedy.results.study import Study
from remedy.search import TrialRecord, fresh_seeds
from remedy.training import Status


@dataclass(frozen=True)
class Chosen:
    """A training of a study.

    Attributes:
        title: what it is, to be told to the user.
        recipe: what it changes in the baseline.
        record: the finished training.
        kept: its model was kept.
    """

    title: str
    recipe: Recipe
    record: TrialRecord
    kept: bool


def choose_training(study: Study, trial: int | None, *, minimal: bool) -> Chosen:
    """The training to export.

    Args:
        study: finished, unless a trial is named.
        trial: number of a trial of the search; `None`: the best training of the verdict's winner.
        minimal: the best training of the smallest recipe instead of the winner's.

    Raises:
        StudyError: there is no such training, or it has no model.
    """
    if trial is not None:
        record = _finished(study, trial)
        return Chosen(f"trial {trial} of the study {study.path.name}", record.recipe, record, kept=False)
    verdict = study.verdict
    if verdict is None:
        raise StudyError(
            f"{study.path}: there is no verdict yet; let the run end, or name a trial with --trial"
        )
    result = verdict.get("minimal" if minimal else "best")
    if result is None:
        if minimal and verdict.get("best") is not None and verdict.get("ablation") != "done":
            raise StudyError(
                f"{study.path}: which fixes of the winner are needed was not tested to the end; run the "
                "experiment again with its ablation, or export the whole winner without --minimal"
            )
        if verdict["verdict"] == "already_learning":
            raise StudyError(f"{study.path}: the baseline is fine, so there is no recipe to export")
        what = "minimal recipe" if minimal else "recipe that was confirmed"
        raise StudyError(
            f"{study.path}: the verdict is {verdict['verdict']} and names no {what}; "
            "name a trial with --trial"
        )
    recipe = result["recipe"]
    what = "minimal recipe" if minimal else "winning recipe"
    record = _best(study, recipe, what)
    return Chosen(f"the {what} of the study {study.path.name}", recipe, record, kept=True)


def _finished(study: Study, number: int) -> TrialRecord:
    records = study.records()
    record = next((record for record in records if record.number == number), None)
    if record is None:
        last = (
            f"they go up to {max(record.number for record in records)}" if records else "there are none yet"
        )
        raise StudyError(f"{study.path}: no finished trial {number}; {last}")
    if record.status is Status.FAILED:
        raise StudyError(
            f"{study.path}: trial {number} failed, so there is no model ({record.error}); export another one"
        )
    if not math.isfinite(record.skill):
        raise StudyError(f"{study.path}: trial {number} diverged, so there is no model; export another one")
    return record


def _best(study: Study, recipe: Recipe, what: str) -> TrialRecord:
    """The training of a recipe with the highest skill, among those with the seeds of the confirmation."""
    experiment = study.experiment
    seeds = fresh_seeds(experiment.search.seed, experiment.confirm.seeds)
    records: Sequence[TrialRecord] = [
        record
        for name in ("confirmation", "ablation", "baseline")
        for record in study.records(name)
        if recipe_key(record.recipe) == recipe_key(recipe)
        and record.seed in seeds
        and math.isfinite(record.skill)
    ]
    if not records:
        raise StudyError(f"{study.path}: no training of the {what} has a model; name a trial with --trial")
    return max(records, key=lambda record: record.skill)
