"""Which running trainings are not worth going on with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import optuna
from optuna.pruners import BasePruner
from optuna.trial import TrialState

from remedy.search.objective import objective
from remedy.training import EpochRecord, Status
from remedy.training.status import SLOW_FALL, training_status

PrunerName = Literal["auto", "none", "median", "hyperband", "successive_halving"]

STARTUP_TRIALS = 5
"""Trials that end before `auto` or the median stop any."""

FIRST_RUNG = 4
REDUCTION_FACTOR = 2
"""The rungs of `auto` are after 4, 8, 16, ... epochs, and the better half passes.

`python -m benchmarks.early_stopping` replays recorded searches, and prints what this saves and which of the
best trials it would have stopped.
"""


class EarlyStopping:
    """Decides after every epoch of a trial whether it goes on.

    `auto` stops nothing before five trials have ended and one of them has learned: a loss may stay flat for
    long before it falls, and a verdict that there is nothing to learn needs whole trainings. Then it stops
    what is flat, and halves what is left again and again (Li et al., A System for Massively Parallel
    Hyperparameter Tuning, 2020), but spares a trial until its own learning rate schedule had time to act. The
    other names are Optuna's pruners.

    Args:
        study: of the search; its pruner is set.
        name: as in the experiment file.
        protected_epochs: Optuna's pruners cut no trial before this epoch has ended.
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
        self._has_started_up = False
        study.pruner = _pruner(name, protected_epochs, epochs)

    def goes_on(
        self, trial: optuna.Trial, curve: Sequence[EpochRecord], *, epochs: int, spared_epochs: int
    ) -> bool:
        """Whether the trial goes on; its last epoch has been reported.

        Args:
            trial: running.
            curve: its epochs so far.
            epochs: those that it has if it is not stopped.
            spared_epochs: those in which its own schedule may still cure a flat loss.
        """
        epoch = curve[-1].epoch
        if epoch >= epochs:
            return True
        if not self._is_auto:
            return epoch < self._protected_epochs or not trial.should_prune()
        is_behind = trial.should_prune()  # also writes down for the others how far it has come
        if epoch < spared_epochs or self._is_starting_up():
            return True
        return not (is_behind or is_flat(curve, epochs=epochs, min_skill=self._min_skill))

    def _is_starting_up(self) -> bool:
        if not self._has_started_up:
            ended = self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
            learned = any((trial.value or 0.0) >= self._min_skill for trial in ended)
            self._has_started_up = learned and len(ended) >= STARTUP_TRIALS
        return not self._has_started_up


def is_flat(curve: Sequence[EpochRecord], *, epochs: int, min_skill: float) -> bool:
    """Whether the loss of a running training does not move.

    It is flat by the rule for whole trainings, and at its present pace would be so in their last third.

    Args:
        curve: the epochs so far.
        epochs: of the whole training.
        min_skill: the skill from which on a training counts as learning.
    """
    if training_status(curve, min_skill=min_skill) is not Status.FLAT:
        return False
    recent = len(curve) // 2
    start, end = 1 - curve[-recent - 1].skill, 1 - curve[-1].skill
    return recent > 0 and start - end < SLOW_FALL * start * recent / (epochs / 3)


def report(trial: optuna.Trial, record: EpochRecord) -> None:
    """Tell Optuna of an epoch."""
    trial.report(objective(record.val_skill), record.epoch)


def _pruner(name: PrunerName, protected_epochs: int, epochs: int) -> BasePruner:
    match name:
        case "none":
            return optuna.pruners.NopPruner()
        case "auto":
            return optuna.pruners.SuccessiveHalvingPruner(
                min_resource=FIRST_RUNG, reduction_factor=REDUCTION_FACTOR
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
