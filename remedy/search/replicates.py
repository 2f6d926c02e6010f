"""Trains recipes with several seeds each, without touching the search: baseline and confirmation runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import optuna

from remedy.errors import TrainingError
from remedy.plan import Recipe, canonical_json, recipe_key
from remedy.search.records import TrialRecord, finished_records
from remedy.search.study_runner import Context, StudyRunner
from remedy.training import Status


def train_replicates(
    study: optuna.Study,
    context: Context,
    recipes: Sequence[Recipe],
    seeds: Sequence[int],
    model_path: Callable[[Recipe, int], Path],
) -> list[list[TrialRecord]]:
    """Train every recipe with every seed, except what the study already holds.

    Args:
        study: a study of its own, so that these runs never feed the sampler.
        context: shared by all studies of the experiment.
        recipes: `{}` is the baseline.
        seeds: the same for every recipe, so that runs can be paired.
        model_path: where the model of a recipe and seed is kept.

    Returns:
        For every recipe its records, in the order of the seeds.

    Raises:
        TrainingError: a training ended with an error; it is tried again when the study is resumed.
    """
    runner = StudyRunner(study, context)
    done = trained_replicates(study)
    missing = [
        (recipe, seed) for recipe in recipes for seed in seeds if (recipe_key(recipe), seed) not in done
    ]
    while missing or runner.running:
        while missing and runner.can_start:
            recipe, seed = missing.pop(0)
            runner.start(runner.ask(), recipe, seed, model_path=model_path(recipe, seed))
        record = runner.finish_next()
        if record.status is Status.FAILED:
            raise TrainingError(_failure(record))
        done[recipe_key(record.recipe), record.seed] = record
    return [[done[recipe_key(recipe), seed] for seed in seeds] for recipe in recipes]


def trained_replicates(study: optuna.Study) -> dict[tuple[str, int], TrialRecord]:
    """What a study of replicates holds, by recipe key and seed, without trainings that failed."""
    records = (record for record in finished_records(study) if record.status is not Status.FAILED)
    return {(recipe_key(record.recipe), record.seed): record for record in records}


def _failure(record: TrialRecord) -> str:
    what = f"the recipe {canonical_json(record.recipe)}" if record.recipe else "the baseline"
    return f"{what} cannot be trained: {record.error}"
