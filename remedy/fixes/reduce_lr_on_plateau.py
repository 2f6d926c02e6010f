"""Fix: a lower learning rate whenever the training loss stops falling."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import parse_space
from remedy.plan import KerasObject, Plan
from remedy.surgery.schedules import PLATEAU, first_rate, is_cyclical, rate_text, with_learning_rate

_DEFAULTS = {"factor": 0.1, "patience": 5, "min_lr": 1e-6}


class Plateau(TypedDict, total=False):
    """When and how far the rate is lowered; absent keys take the defaults 0.1, 5 and 1e-6."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    factor: Annotated[float, Field(gt=0, lt=1)]
    patience: Annotated[int, Field(ge=1)]
    min_lr: Annotated[float, Field(ge=0, allow_inf_nan=False)]


class ReduceLROnPlateau(Fix):
    """Keras' ReduceLROnPlateau callback on the training loss."""

    name = "reduce_lr_on_plateau"
    stage = Stage.SCHEDULE
    value_type = Plateau
    space = parse_space({"factor": [0.1, 0.5], "patience": [3, 5, 10], "min_lr": 1e-6})
    changes = (
        "Multiplies the learning rate by `factor` when the training loss has not improved for `patience` "
        "epochs, down to `min_lr`; replaces a ReduceLROnPlateau callback that is there already. A learning "
        "rate schedule gives way to the rate that it begins with, or warms up to. Does nothing beside a "
        "cyclical learning rate."
    )
    helps_when = (
        "The loss falls at first and then hovers around a level, because the steps are too long to get any "
        "lower."
    )
    source = "Keras, ReduceLROnPlateau, https://keras.io/api/callbacks/reduce_lr_on_plateau/"

    def not_applicable(self, plan: Plan) -> str | None:
        """No callback can set the rate of a schedule, and one of the user's own has no known first rate."""
        rate = plan.optimizer.config.get("learning_rate")
        if isinstance(rate, dict) and first_rate(rate) is None:
            return (
                f"the optimizer follows the schedule {rate['class_name']}, whose first rate is not known, "
                "and no callback can lower the rate of a schedule"
            )
        return None

    def cause(self, plan: Plan, value: dict[str, Any]) -> str:  # noqa: ARG002
        """What the rate did before."""
        return rate_text(plan)

    def explains_divergence(self, plan: Plan, value: dict[str, Any]) -> bool:  # noqa: ARG002
        """The first rate is the same with the callback, and a loss that grows has no plateau."""
        return False

    def cure(self, plan: Plan, value: dict[str, Any]) -> str:  # noqa: ARG002
        """What it does."""
        return "lowering the learning rate on plateaus"

    def apply(self, plan: Plan, value: dict[str, Any]) -> Plan:
        """The plan with the callback, in the place of an earlier one or at the end."""
        rate = plan.optimizer.config.get("learning_rate")
        if isinstance(rate, dict):
            constant = first_rate(rate)
            if constant is None:
                return plan
            plan = with_learning_rate(plan, constant)
        if is_cyclical(plan):
            return plan
        callback = KerasObject(class_name=PLATEAU, config={"monitor": "loss"} | _DEFAULTS | value)
        if any(present.class_name == PLATEAU for present in plan.callbacks):
            return plan.replace(
                callbacks=tuple(
                    callback if present.class_name == PLATEAU else present for present in plan.callbacks
                )
            )
        return plan.replace(callbacks=(*plan.callbacks, callback))
