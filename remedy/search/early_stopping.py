"""Which running trainings are not worth going on with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import optuna
from optuna.pruners import BasePruner
from optuna.trial import TrialState

from remedy.search.objective import objective
from remedy.training import EpochRecord, Status, training_status

PrunerName = Literal["auto", "none", "median", "hyperband", "successive_halving"]

STARTUP_TRIALS = 5
"""Finished trials before the median says anything."""

REDUCTION_FACTOR = 3
"""One of so many trials passes a rung of `auto`."""


class EarlyStopping:
    """Decides after every epoch of a trial whether it goes on.

    `auto` stops nothing before a trial of the study has learned: a loss may stay flat for long before it
    falls, and a verdict that there is nothing to learn needs whole trainings. From then on it stops what is
    flat once its own schedule had time to act, and what is not among the best third after the protected
    epochs, after three times as many, and so on (Li et al., A System for Massively Parallel Hyperparameter
    Tuning, 2020). The other names are Optuna's pruners.

    Args:
        study: of the search; its pruner is set.
        name: as in the experiment file.
        protected_epochs: no trial that is not flat is cut before this epoch has ended.
        epochs: the length of the longest training.
        min_skill: the skill from which on a training counts as learning.
    """

    def __init__(
        self, study: optuna.Study, name: PrunerName, *, protected_epochs: int, epochs: int, min_skill: float
    ) -> None:
        self._study = study
        self._is_auto = name == "auto"
        self._protected_epochs = protected_epochs
        self._min_skill = min_skill
        self._one_has_learned = False
        study.pruner = _pruner(name, protected_epochs, epochs)

    def goes_on(self, trial: optuna.Trial, curve: Sequence[EpochRecord], flat_until: int) -> bool:
        """Whether the trial goes on; its last epoch has been reported.

        Args:
            trial: running.
            curve: its epochs so far.
            flat_until: the epochs after which this trial may be called flat.
        """
        epoch = curve[-1].epoch
        if self._is_auto:
            if epoch < flat_until or not self._has_one_learned():
                return True
            if is_flat(curve, self._min_skill):
                return False
        return epoch < self._protected_epochs or not trial.should_prune()

    def _has_one_learned(self) -> bool:
        if not self._one_has_learned:
            finished = self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
            self._one_has_learned = any((trial.value or 0.0) >= self._min_skill for trial in finished)
        return self._one_has_learned


def is_flat(curve: Sequence[EpochRecord], min_skill: float) -> bool:
    """Whether a training that ended here would have a loss that does not move."""
    return training_status(curve, min_skill=min_skill) is Status.FLAT


def report(trial: optuna.Trial, record: EpochRecord) -> None:
    """Tell Optuna of an epoch."""
    trial.report(objective(record.val_skill), record.epoch)


def _pruner(name: PrunerName, protected_epochs: int, epochs: int) -> BasePruner:
    match name:
        case "none":
            return optuna.pruners.NopPruner()
        case "auto":
            return optuna.pruners.SuccessiveHalvingPruner(
                min_resource=protected_epochs, reduction_factor=REDUCTION_FACTOR
            )
        case "median":
            return optuna.pruners.MedianPruner(
                n_startup_trials=STARTUP_TRIALS, n_warmup_steps=protected_epochs
            )
        case "hyperband":
            resource = min(protected_epochs, epochs)
            return optuna.pruners.HyperbandPruner(min_resource=resource, max_resource=max(epochs, resource))
        case "successive_halving":
            return optuna.pruners.SuccessiveHalvingPruner(min_resource=protected_epochs)
