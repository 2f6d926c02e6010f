"""Fix: another learning rate."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from remedy.fixes._schedules import is_cyclical, with_learning_rate
from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import Range
from remedy.plan import Plan


class LearningRate(Fix):
    """Another learning rate, constant unless a callback changes it."""

    name = "learning_rate"
    stage = Stage.OPTIMIZER
    value_type = Annotated[float, Field(gt=0, allow_inf_nan=False)]
    space = Range(1e-5, 1e-1, log=True)
    changes = "Sets the optimizer's learning rate; a learning rate schedule gives way to the constant."
    helps_when = (
        "The loss jumps up and down, grows or turns into NaN (rate too high), or creeps down in tiny steps "
        "(too low)."
    )
    source = (
        "Bengio, Practical Recommendations for Gradient-Based Training of Deep Architectures (2012), "
        "https://arxiv.org/abs/1206.5533"
    )

    def apply(self, plan: Plan, value: float) -> Plan:
        """The plan with the optimizer's learning rate at `value`; a cyclical rate has the last word."""
        return plan if is_cyclical(plan) else with_learning_rate(plan, value)
