"""Fix: rare classes that count as much as frequent ones."""

from __future__ import annotations

from typing import Literal

from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import Fixed
from remedy.plan import Plan

_EVEN = 0.1
"""Classes whose shares are no further than this from an even share, relative to it, are equally frequent."""


class ClassWeight(Fix):
    """Samples weighed by how rare their class is."""

    name = "class_weight"
    stage = Stage.DATA
    value_type = Literal["balanced"]
    space = Fixed("balanced")
    changes = (
        "Weighs each sample in the loss by the inverse of its class's share of the training rows, so that "
        "all classes count alike; skill stays that of unweighted samples."
    )
    helps_when = (
        "One class is so frequent that the model predicts it always, and the loss stays where that is."
    )
    source = (
        "King and Zeng, Logistic Regression in Rare Events Data (2001), "
        "https://doi.org/10.1093/oxfordjournals.pan.a004868; scikit-learn, compute_class_weight"
    )

    def not_applicable(self, plan: Plan) -> str | None:
        """It takes one class for each sample, and classes that are not equally frequent."""
        if plan.task == "regression":
            return "the target holds numbers (task: regression), and only classes can be weighed"
        if plan.task == "multilabel":
            return "a sample can have several labels (task: multilabel), and only one for each can be weighed"
        if plan.data.target_steps is not None:
            return "the target has a class for every step, and only one class for each sample can be weighed"
        shares = plan.data.class_shares
        if shares and all(abs(share * len(shares) - 1) <= _EVEN for share in shares):
            return "the classes are about equally frequent"
        return None

    def cause(self, plan: Plan, value: Literal["balanced"]) -> str:  # noqa: ARG002
        """Rare classes were few and had nothing to make up for it."""
        return "rare classes had no more weight than their share of the samples"

    def explains_divergence(self, plan: Plan, value: Literal["balanced"]) -> bool:  # noqa: ARG002
        """Samples that all count alike do not."""
        return False

    def cure(self, plan: Plan, value: Literal["balanced"]) -> str:  # noqa: ARG002
        """A weight for each class."""
        return "weighing all classes alike"

    def apply(self, plan: Plan, value: Literal["balanced"]) -> Plan:
        """The plan that weighs classes by `value`."""
        return plan.replace(class_weight=value)
