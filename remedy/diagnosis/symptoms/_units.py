"""The targets as the model is trained on them."""

from __future__ import annotations

import dataclasses

from remedy.diagnosis.case import Case
from remedy.diagnosis.data_statistics import TargetStatistics

_QUARTILES_APART = 1.349
"""Standard deviations of a normal distribution between its quartiles, which robust scaling divides by."""


def targets_of_model(case: Case) -> list[TargetStatistics]:
    """The targets in the unit in which the model is trained on them; only regression targets are scaled.

    What robust scaling makes of them is estimated, as if they were normally distributed.
    """
    scaling = case.plan.preprocessing.target_scaling if case.plan.task == "regression" else None
    return [_scaled(target, scaling) for target in case.data.targets]


def _scaled(target: TargetStatistics, scaling: str | None) -> TargetStatistics:
    if scaling is None:
        return target
    offset, scale = {
        "minmax": (target.low, target.high - target.low),
        "standard": (target.mean, target.std),
        "robust": (target.mean, _QUARTILES_APART * target.std),
    }[scaling]
    scale = scale or 1.0
    low, high, mean = ((value - offset) / scale for value in (target.low, target.high, target.mean))
    return dataclasses.replace(target, low=low, high=high, mean=mean, std=target.std / scale)
