"""A study with as many trials as a long search has, without training them."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import optuna
import pandas as pd

from remedy.preparation import prepare
from remedy.results.folder import StudyFolder
from remedy.results.trials_file import write_trials
from remedy.results.trials_table import trials_table
from remedy.search import TrialRecord
from remedy.search.parameters import suggest_recipe
from remedy.training import Status

_EXPERIMENT = Path(__file__).parents[2] / "experiments" / "sunspots.yaml"
"""Which tries all fixes that suit a series."""


def with_many_trials(study: StudyFolder, to: Path, trials: int, epochs: int) -> StudyFolder:
    """A copy of a study whose search has tried recipes of all default fixes.

    Recipes are drawn as a random search draws them; the curves approach a skill that differs from trial to
    trial, with noise, and one in eight diverges.

    Args:
        study: a real one, finished.
        to: the new folder.
        trials: of the search.
        epochs: of each trial.
    """
    shutil.copytree(study.path, to)
    copy = StudyFolder(to)
    space = prepare(_EXPERIMENT).space
    generator = np.random.default_rng(0)
    search = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    records, curves = [], []
    for number in range(trials):
        recipe = suggest_recipe(search.ask(), space)
        curve = _curve(generator, epochs)
        curves.append(curve.assign(trial=number))
        skill = float(curve["val_skill"].iloc[-1])
        status = Status.LEARNING if skill > 0.1 else Status.DIVERGED if np.isnan(skill) else Status.FLAT
        now = datetime.now(UTC)
        seconds = generator.uniform(1, 9)
        records.append(
            TrialRecord(number, recipe, 0, status, skill, skill, len(curve), seconds, 900, now, now)
        )
    write_trials(copy.trials, trials_table(records, space))
    pd.concat(curves).to_parquet(to / "curves.parquet", index=False)
    return copy


def _curve(generator: np.random.Generator, epochs: int) -> pd.DataFrame:
    epoch = np.arange(1, epochs + 1)
    reached = generator.uniform(-0.3, 0.95)
    skill = reached * (1 - np.exp(-epoch / generator.uniform(2, 30))) + generator.normal(0, 0.02, epochs)
    if generator.uniform() < 1 / 8:
        skill[generator.integers(1, epochs) :] = np.nan
    return pd.DataFrame(
        {
            "epoch": epoch,
            "loss": 1.1 - skill,
            "val_loss": 1.2 - skill,
            "skill": skill,
            "val_skill": skill - 0.05,
            "learning_rate": 0.001,
            "gradient_norm": generator.uniform(0.1, 2, epochs),
        }
    )
