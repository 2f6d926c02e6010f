"""The learning rate that a training begins with, what is usual for its optimizer, and what a test "
"suggests.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from remedy.plan import Plan
from remedy.surgery.schedules import first_rate, is_cyclical
from remedy.training.measurements import LEARNING_SKILL, RangeTest

_ADAM_LIKE = (1e-6, 1e-2)
_SGD_LIKE = (1e-5, 1.0)
USUAL_RATES = {
    **dict.fromkeys(("Adam", "AdamW", "Nadam", "Adamax", "RMSprop", "Lion", "Lamb", "Muon"), _ADAM_LIKE),
    "ScheduleFreeAdamW": _ADAM_LIKE,
    **dict.fromkeys(("SGD", "Adagrad", "Adadelta", "Ftrl"), _SGD_LIKE),
}
_DEFAULTS = {"SGD": 0.01, "ScheduleFreeAdamW": 0.0025}
"""Keras' default learning rates; 0.001 for all others."""


@dataclass(frozen=True)
class Rate:
    """A learning rate, and the range in which rates of its optimizer usually are; `None` if nobody knows."""

    value: float
    usual: tuple[float, float] | None

    @property
    def is_low(self) -> bool:
        """Whether it is below the usual range."""
        return self.usual is not None and self.value < self.usual[0]

    @property
    def is_high(self) -> bool:
        """Whether it is above the usual range."""
        return self.usual is not None and self.value > self.usual[1]

    @property
    def times_off(self) -> float:
        """How many times it is outside of the usual range; 1 inside of it."""
        low, high = self.usual or (0.0, math.inf)
        return max(low / self.value, self.value / high, 1.0)


def start_rate(plan: Plan) -> Rate | None:
    """The rate that the training begins with; `None` if a callback or a schedule of the user's sets it."""
    if is_cyclical(plan):
        return None
    optimizer = plan.optimizer.class_name
    rate = plan.optimizer.config.get("learning_rate", default_rate(plan))
    value = first_rate(rate) if isinstance(rate, dict) else rate
    return (
        Rate(float(value), USUAL_RATES.get(optimizer))
        if isinstance(value, int | float) and value > 0
        else None
    )


def default_rate(plan: Plan) -> float:
    """Keras' default for the optimizer."""
    return _DEFAULTS.get(plan.optimizer.class_name, 0.001)


def suggested_rate(plan: Plan, test: RangeTest | None) -> float | None:
    """What a range test suggests, two digits of it, within what is usual for the optimizer.

    Returns:
        `None` if the loss never fell as much as learning takes: where it falls fastest is chance then.
    """
    if test is None or test.suggestion is None:
        return None
    losses = [loss for loss in test.losses if math.isfinite(loss)]
    if not losses or losses[0] - min(losses) < LEARNING_SKILL * abs(losses[0]):
        return None
    low, high = USUAL_RATES.get(plan.optimizer.class_name, (0.0, math.inf))
    return float(f"{min(max(test.suggestion, low), high):.2g}")
