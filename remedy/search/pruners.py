"""Optuna's pruners by the names of the experiment file, kept from cutting before a schedule could act."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import optuna
from optuna.pruners import BasePruner

from remedy.fixes import apply_recipe, corners
from remedy.plan import Plan
from remedy.search.space import SearchSpace

PrunerName = Literal["auto", "none", "median", "hyperband", "successive_halving"]

GRACE_EPOCHS = 3
"""Epochs a trial is given after the last moment at which a plateau schedule first lowers the rate."""

STARTUP_TRIALS = 5
"""Finished trials before the median says anything."""


def make_pruner(name: PrunerName, *, protected_epochs: int, epochs: int) -> BasePruner:
    """A fresh pruner; `auto` is the median rule.

    Args:
        name: as in the experiment file.
        protected_epochs: no trial is cut before this epoch has ended.
        epochs: the length of a full training.
    """
    match name:
        case "none":
            return optuna.pruners.NopPruner()
        case "auto" | "median":
            return optuna.pruners.MedianPruner(
                n_startup_trials=STARTUP_TRIALS, n_warmup_steps=protected_epochs
            )
        case "hyperband":
            resource = min(protected_epochs, epochs)
            return optuna.pruners.HyperbandPruner(min_resource=resource, max_resource=max(epochs, resource))
        case "successive_halving":
            return optuna.pruners.SuccessiveHalvingPruner(min_resource=protected_epochs)


def protected_epochs(space: SearchSpace, baseline: Plan) -> int:
    """The epochs in which a flat loss may still be cured by the slowest plateau schedule in play.

    A schedule with patience p lowers the rate after epoch p + 1 at the earliest.
    """
    return max(_patiences(space, baseline), default=0) + 1 + GRACE_EPOCHS


def _patiences(space: SearchSpace, baseline: Plan) -> Iterator[int]:
    plans = [baseline]
    entry = space.fixes.get("reduce_lr_on_plateau")
    if entry is not None:
        plans += [apply_recipe(baseline, {"reduce_lr_on_plateau": value}) for value in corners(entry.space)]
    for plan in plans:
        for callback in plan.callbacks:
            if callback.class_name == "ReduceLROnPlateau":
                yield callback.config["patience"]
