"""Fix: another learning rate."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import Range
from remedy.plan import Plan
from remedy.surgery.schedules import is_cyclical, known_rate, rate_text, with_learning_rate


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

    def cause(self, plan: Plan, value: float) -> str:
        """What the rate was, and whether that was too low or too high."""
        rate = plan.optimizer.config.get("learning_rate")
        if not isinstance(rate, int | float) or rate == value:
            return rate_text(plan)
        return f"the learning rate of {rate:.3g} was too {'low' if value > rate else 'high'}"

    def explains_divergence(self, plan: Plan, value: float) -> bool:
        """A rate that was too low does not."""
        rate = known_rate(plan)
        return rate is not None and value < rate

    def cure(self, plan: Plan, value: float) -> str:  # noqa: ARG002
        """What the rate is."""
        return f"a learning rate of {value:.2g}"

    def apply(self, plan: Plan, value: float) -> Plan:
        """The plan with the optimizer's learning rate at `value`; a cyclical rate has the last word."""
        return plan if is_cyclical(plan) else with_learning_rate(plan, value)
