"""How long no trial is stopped, so that a schedule can act."""

from __future__ import annotations

import math

from remedy.fixes import apply_recipe, corners
from remedy.plan import KerasObject, Plan
from remedy.search.space import SearchSpace

GRACE_EPOCHS = 3
"""Epochs a trial is given after the moment at which the slowest schedule can first have acted."""

_SCHEDULES = ("reduce_lr_on_plateau", "cyclical_learning_rate")


def protected_epochs(space: SearchSpace, baseline: Plan) -> int:
    """The epochs in which a flat loss may still be cured by the slowest schedule in play."""
    plans = [baseline]
    for fix in _SCHEDULES:
        if fix in space.fixes:
            plans += [apply_recipe(baseline, {fix: value}) for value in corners(space.fixes[fix].space)]
    return max(map(own_protected_epochs, plans))


def own_protected_epochs(plan: Plan) -> int:
    """The epochs in which a flat loss may still be cured by a schedule of this plan."""
    return max(filter(None, map(_first_act, plan.callbacks)), default=1) + GRACE_EPOCHS


def _first_act(callback: KerasObject) -> int | None:
    """The epoch after which a schedule can have acted at the earliest."""
    if callback.class_name == "ReduceLROnPlateau":
        return int(callback.config["patience"]) + 1
    if callback.class_name == "CyclicalLearningRate":
        return math.ceil(float(callback.config["epochs"]) / 2)  # at its peak
    return None
