"""`best/`: the model of the winning recipe with what is needed to use it."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any

from remedy.data import Dataset, fit_preprocessing
from remedy.fixes import apply_recipe
from remedy.plan import Plan
from remedy.results.files import write_atomically, write_json, writing_to
from remedy.results.model_store import ModelStore
from remedy.search import Confirmation


def write_best(
    folder: Path, winner: Confirmation, models: ModelStore, dataset: Dataset, baseline: Plan
) -> None:
    """Write `model.keras` (or `model.weights.h5`), `preprocessing.json` and `recipe.json` of the winner.

    Of the confirmation's trainings it is the one with the highest validation skill; the figures beside it are
    that model's own.

    Args:
        folder: `best/` in the results folder.
        winner: the confirmed recipe.
        models: holds the trained models.
        dataset: the scalers are fitted on its training split.
        baseline: the plan that the recipe is applied to.

    Raises:
        StudyError: they cannot be written.
    """
    record = max(winner.records, key=lambda record: record.skill)
    (evaluation,) = models.evaluate([record])
    assert evaluation is not None  # noqa: S101 - a confirmed recipe's trainings are finite
    plan = apply_recipe(baseline, winner.recipe)
    source = models.path(record.recipe, record.seed)
    name = "model.keras"
    if not source.exists():  # the class is the user's own, and Keras could write the weights only
        source, name = source.with_suffix(".weights.h5"), "model.weights.h5"
    unfinished = folder.with_name(f".{folder.name}")
    remove_best(unfinished)
    figures = {
        "recipe": winner.recipe,
        "seed": record.seed,
        "skill": evaluation.validation.skill,
        "test_skill": evaluation.test.skill,
        "metrics": {
            name: value if math.isfinite(value) else None
            for name, value in evaluation.validation.metrics.items()
        },
    }
    try:
        write_atomically(unfinished / name, lambda path: shutil.copyfile(source, path))
        write_json(unfinished / "preprocessing.json", preprocessing_to_plain(plan, dataset))
        write_json(unfinished / "recipe.json", figures)
        with writing_to(folder):
            remove_best(folder)
            unfinished.rename(folder)
    finally:
        remove_best(unfinished)


def preprocessing_to_plain(plan: Plan, dataset: Dataset) -> dict[str, Any]:
    """What is needed to use a model beside the model itself, as JSON data.

    Args:
        plan: what the model was trained by.
        dataset: the scalers are fitted on its training split.
    """
    return {
        "feature_names": list(dataset.features),
        "target_names": list(dataset.targets),
        "classes": list(dataset.classes),
        "input_shapes": {name: list(shape) for name, shape in dataset.input_shapes.items()},
        **fit_preprocessing(plan.preprocessing, dataset.train).to_plain(),
    }


def remove_best(folder: Path) -> None:
    """Remove the model of an earlier verdict that no longer holds."""
    if folder.exists():
        shutil.rmtree(folder)
