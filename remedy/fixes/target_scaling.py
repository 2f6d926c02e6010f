"""Fix: a regression target of a moderate size."""

from __future__ import annotations

from typing import Literal

from remedy.fixes._words import scaler_text
from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import parse_space
from remedy.plan import Plan


class TargetScaling(Fix):
    """Targets scaled one by one for the training; predictions and skill stay in the target's own units."""

    name = "target_scaling"
    stage = Stage.DATA
    value_type = Literal["minmax", "standard", "robust"]
    space = parse_space(["minmax", "standard"])
    changes = (
        "Scales every target, fitted on the training rows only, and scales predictions back: to [0, 1] "
        "(minmax), to mean 0 and deviation 1 (standard), or to median 0 and quartile distance 1 (robust)."
    )
    helps_when = (
        "The target is far from 0 or very large or small: the output layer needs many steps to get there, "
        "or the gradients of the loss are too large or too small to train by."
    )
    source = (
        "scikit-learn, Transforming target in regression, "
        "https://scikit-learn.org/stable/modules/compose.html#transforming-target-in-regression"
    )

    def not_applicable(self, plan: Plan) -> str | None:
        """Classes have no size."""
        if plan.task == "regression":
            return None
        return f"the target holds classes (task: {plan.task}), and only a regression target can be scaled"

    def cause(self, plan: Plan, value: str) -> str:  # noqa: ARG002
        """How y was scaled before."""
        present = plan.preprocessing.target_scaling
        return f"y was scaled by {present}" if present else "y was never scaled"

    def cure(self, plan: Plan, value: str) -> str:  # noqa: ARG002
        """How y is scaled."""
        return f"{scaler_text(value)} scaling of y"

    def apply(self, plan: Plan, value: str) -> Plan:
        """The plan that scales the targets by `value`."""
        return plan.replace(preprocessing=plan.preprocessing.model_copy(update={"target_scaling": value}))
