"""What the fixes know about learning rates that change: Keras' schedules and the cyclical callback."""

from __future__ import annotations

from typing import Any

from remedy.plan import Plan, is_of_keras

CYCLICAL = "CyclicalLearningRate"
PLATEAU = "ReduceLROnPlateau"


def is_cyclical(plan: Plan) -> bool:
    """Whether a callback sets the rate of every batch, so that any other rate is overwritten."""
    return any(callback.class_name == CYCLICAL for callback in plan.callbacks)


def rate_text(plan: Plan) -> str:
    """What the learning rate of a baseline did, as a clause in the past tense."""
    rate = plan.optimizer.config.get("learning_rate")
    if is_cyclical(plan):
        return "the learning rate went up and down between other bounds"
    if isinstance(rate, dict):
        return f"the learning rate followed {rate['class_name']}"
    if any(callback.class_name == PLATEAU for callback in plan.callbacks):
        return "the learning rate was lowered on plateaus by another rule"
    return f"the learning rate stayed at {rate:.3g}" if rate else "the learning rate was Keras' default"


def known_rate(plan: Plan) -> float | None:
    """The rate of a baseline's first steps.

    Returns:
        The rate; `None` if it is Keras' default, or set by a callback or by a schedule of the user's own.
    """
    rate = plan.optimizer.config.get("learning_rate")
    if is_cyclical(plan) or rate is None:
        return None
    return first_rate(rate) if isinstance(rate, dict) else float(rate)


def with_learning_rate(plan: Plan, rate: float) -> Plan:
    """The plan with the optimizer's learning rate at `rate`."""
    arguments = plan.optimizer.config | {"learning_rate": rate}
    return plan.replace(optimizer=plan.optimizer.model_copy(update={"config": arguments}))


def first_rate(schedule: dict[str, Any]) -> float | None:
    """The rate that one of Keras' schedules begins with, or warms up to.

    Args:
        schedule: as Keras serialises it.

    Returns:
        The rate; `None` for a schedule of the user's own, which says nothing about its rates.

    >>> first_rate({"class_name": "ExponentialDecay", "config": {"initial_learning_rate": 0.1}})
    0.1
    """
    if schedule.get("registered_name") or not is_of_keras(schedule.get("module", "keras")):
        return None
    arguments = schedule.get("config", {})
    rates = (
        arguments.get("warmup_target"),  # a warm-up often begins at 0
        arguments.get("initial_learning_rate"),
        *arguments.get("values", ()),
    )
    rate = next((rate for rate in rates if rate is not None), None)
    return float(rate) if isinstance(rate, int | float) and rate > 0 else None
