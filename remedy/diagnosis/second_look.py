"""What is still wrong with a training whose causes are treated: most often, how far its steps go."""

from __future__ import annotations

from remedy.diagnosis.symptoms._rates import default_rate, start_rate, suggested_rate
from remedy.plan import Plan, Recipe
from remedy.training.measurements import LEARNING_SKILL, OneBatch, RangeTest

_WORTHWHILE = 3.0
"""A rate that is closer to the one in use is none to try: range tests differ as much from batch to batch."""

ADAPTIVE: Recipe = {"optimizer": "adam"}
_NOT_ADAPTIVE = frozenset({"SGD"})
"""One rate for weights whose gradients differ by powers of ten suits none of them."""


def better_rate(plan: Plan, test: RangeTest) -> Recipe:
    """The rate to try beside the treatment of the causes; nothing if the one in use will do.

    Args:
        plan: the training with its causes treated.
        test: of its learning rates.
    """
    used, rate = start_rate(plan), suggested_rate(plan, test)
    if used is None or rate is None or max(rate / used.value, used.value / rate) < _WORTHWHILE:
        return {}
    return {"learning_rate": rate}


def needs_adaptive_rates(plan: Plan, test: RangeTest, batch: OneBatch | None = None) -> bool:
    """Whether no rate lets the training learn, and its optimizer has one for all weights.

    Args:
        plan: the training with its causes treated.
        test: of its learning rates.
        batch: how well it learns one batch, if that was tried.
    """
    if plan.optimizer.class_name not in _NOT_ADAPTIVE or not test.rates:
        return False
    if batch is not None and batch.skill_tuned is not None:
        return not any(skill >= LEARNING_SKILL for skill in (batch.skill, batch.skill_tuned))
    return suggested_rate(plan, test) is None


def adaptive_rate(plan: Plan, test: RangeTest) -> Recipe:
    """The rate for a training that was given an adaptive optimizer: as tested, else Keras' default.

    Args:
        plan: with that optimizer.
        test: of its learning rates.
    """
    return {"learning_rate": suggested_rate(plan, test) or default_rate(plan)}
