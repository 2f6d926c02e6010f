"""Fix: inputs of a moderate and equal size."""

from __future__ import annotations

from typing import Literal

from remedy.fixes._words import scaler_text
from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import parse_space
from remedy.plan import Plan


class Scaling(Fix):
    """Features scaled one by one, by what the training rows say."""

    name = "scaling"
    stage = Stage.DATA
    value_type = Literal["minmax", "standard", "robust"]
    space = parse_space(["minmax", "standard", "robust"])
    changes = (
        "Scales every feature, fitted on the training rows only: to [0, 1] (minmax), to mean 0 and "
        "deviation 1 (standard), or to median 0 and quartile distance 1 (robust)."
    )
    helps_when = (
        "Features are large or differ much in size: they saturate units at once, and no single learning "
        "rate fits all weights. Robust suits features with outliers."
    )
    source = (
        "LeCun, Bottou, Orr and Müller, Efficient BackProp (1998); scikit-learn, Preprocessing data, "
        "https://scikit-learn.org/stable/modules/preprocessing.html"
    )

    def not_applicable(self, plan: Plan) -> str | None:
        """Indices of an embedding are no sizes."""
        if plan.data.input_shapes and plan.data.input_shapes.keys() <= set(plan.preprocessing.tokens):
            return "X holds indices for an embedding only, and they have no size"
        return None

    def cause(self, plan: Plan, value: str) -> str:  # noqa: ARG002
        """How X was scaled before."""
        present = plan.preprocessing.scaling
        return f"X was scaled by {present}" if present else "X was never scaled"

    def cure(self, plan: Plan, value: str) -> str:  # noqa: ARG002
        """How X is scaled."""
        return f"{scaler_text(value)} scaling of X"

    def apply(self, plan: Plan, value: str) -> Plan:
        """The plan that scales the features by `value`."""
        return plan.replace(preprocessing=plan.preprocessing.model_copy(update={"scaling": value}))
