"""Under what terms a trial is trained: who may end it early, what it may take, where its model goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import optuna
from optuna.exceptions import UpdateFinishedTrialError

from remedy.config import Search as SearchSettings
from remedy.fixes import apply_recipe
from remedy.plan import Plan, Recipe
from remedy.search.early_stopping import EarlyStopping, report
from remedy.search.protected_epochs import own_protected_epochs, protected_epochs
from remedy.search.space import SearchSpace
from remedy.training import EpochRecord, Limits


def _always(_: EpochRecord) -> bool:
    return True


@dataclass(frozen=True)
class Terms:
    """Of one training.

    Attributes:
        go_on: asked after every epoch; a false answer prunes the training.
        model_path: where the trained model is saved; `None` saves none.
        limits: beyond which the training fails.
    """

    go_on: Callable[[EpochRecord], bool] = _always
    model_path: Path | None = None
    limits: Limits = field(default_factory=Limits)


TermsOf = Callable[[optuna.Trial, Recipe, int], Terms]
"""The terms for a trial, its recipe and its seed."""


class SearchTerms:
    """Those of a search: what is stuck is stopped early, and what takes too much.

    Args:
        study: of the search; its pruner is set.
        space: the recipes to choose from.
        settings: the `search` section of the experiment.
        baseline: the plan that recipes are applied to.
        min_skill: the skill from which on a training counts as learning.
    """

    def __init__(
        self,
        study: optuna.Study,
        space: SearchSpace,
        settings: SearchSettings,
        baseline: Plan,
        min_skill: float,
    ) -> None:
        self._baseline = baseline
        self._limits = Limits(settings.trial_timeout, settings.trial_memory)
        self._stopping = EarlyStopping(
            study,
            settings.pruner,
            protected_epochs=protected_epochs(space, baseline),
            epochs=max(plan.epochs for plan in space.plans(baseline)),
            min_skill=min_skill,
        )

    def __call__(self, trial: optuna.Trial, recipe: Recipe, seed: int) -> Terms:
        """The terms of one trial; it has not begun to train."""
        del seed
        plan = apply_recipe(self._baseline, recipe)
        spared_epochs = own_protected_epochs(plan)
        reported = set(trial.storage.get_trial(trial._trial_id).intermediate_values)
        curve: list[EpochRecord] = []

        def go_on(record: EpochRecord) -> bool:
            if record.epoch == 1:  # again if a process died and another has started over
                curve.clear()
            curve.append(record)
            try:
                if record.epoch not in reported:
                    reported.add(record.epoch)
                    report(trial, record)
                return self._stopping.goes_on(trial, curve, epochs=plan.epochs, spared_epochs=spared_epochs)
            except (
                UpdateFinishedTrialError
            ):  # another has finished it, as this process was silent for too long
                return False

        return Terms(go_on=go_on, limits=self._limits)


class ReplicateTerms:
    """Those of trainings with fixed seeds: every one is trained to its end, and its model is kept.

    Args:
        model_path: where the model of a recipe and seed is kept.
    """

    def __init__(self, model_path: Callable[[Recipe, int], Path]) -> None:
        self._model_path = model_path

    def __call__(self, trial: optuna.Trial, recipe: Recipe, seed: int) -> Terms:
        """The terms of one trial."""
        del trial
        return Terms(model_path=self._model_path(recipe, seed))
