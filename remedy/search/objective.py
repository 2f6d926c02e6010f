"""The number that Optuna maximises: skill, squeezed so that every training has a finite value."""

from __future__ import annotations

import math

WORST = -1.0
"""The objective of a training that diverged."""


def objective(skill: float) -> float:
    """Skill where it is positive; below, the same order squeezed into (-1, 0).

    A diverging model's skill is arbitrarily bad or not a number; one such value would blind a sampler that
    models the objective, and NaN would hide the trial from it.

    >>> objective(0.9), objective(-1.0), objective(float("nan"))
    (0.9, -0.5, -1.0)
    """
    if not math.isfinite(skill):
        return WORST
    return skill if skill >= 0 else skill / (1 - skill)
