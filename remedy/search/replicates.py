"""Trains recipes with several seeds each, without touching the search: baseline and confirmation runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import optuna

from remedy.plan import Recipe, recipe_key
from remedy.search.records import TrialRecord
from remedy.search.study_runner import Context, StudyRunner


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
    """
    runner = StudyRunner(study, context)
    done = {(recipe_key(record.recipe), record.seed): record for record in runner.records()}
    missing = [
        (recipe, seed) for recipe in recipes for seed in seeds if (recipe_key(recipe), seed) not in done
    ]
    while missing or runner.running:
        while missing and runner.can_start:
            recipe, seed = missing.pop(0)
            runner.start(study.ask(), recipe, seed, model_path=model_path(recipe, seed))
        record = runner.finish_next()
        done[recipe_key(record.recipe), record.seed] = record
    return [[done[recipe_key(recipe), seed] for seed in seeds] for recipe in recipes]
