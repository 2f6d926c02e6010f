"""Fix: classes numbered from 0."""

from __future__ import annotations

from typing import Literal

from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import Fixed
from remedy.plan import Plan

_SHOWN = 2


class LabelEncoding(Fix):
    """Class indices in place of labels that are not whole numbers."""

    name = "label_encoding"
    stage = Stage.DATA
    new_graph = True
    value_type = Literal[True]
    space = Fixed(True)
    changes = (
        "Numbers the classes from 0, as losses for class indices need them, where their labels are not whole "
        "numbers."
    )
    helps_when = (
        "Labels went through the same division as the inputs: as whole numbers 1/255 and 9/255 are both 0, "
        "so that all samples seem to be of one class, and the loss falls to 0 while nothing is learned."
    )
    source = (
        "Kim, Humbatova, Jahangirova, Tonella and Yoo, Repairing DNN Architecture: Are We There Yet? (2023), "
        "https://arxiv.org/abs/2301.11568; scikit-learn, LabelEncoder"
    )

    def not_applicable(self, plan: Plan) -> str | None:
        """Labels that are class indices, or can only mean them, stay as they are."""
        if plan.preprocessing.labels == "as_given":
            return None
        return "the target is no class, or its labels are numbered already"

    def cause(self, plan: Plan, value: Literal[True]) -> str:  # noqa: ARG002
        """What the labels were."""
        shown = [f"{label:.3g}" for label in plan.data.label_values if label % 1][:_SHOWN]
        return f"the loss got {' and '.join(shown)} as labels and took all of them for whole numbers"

    def cure(self, plan: Plan, value: Literal[True]) -> str:  # noqa: ARG002
        """What they are."""
        return "classes numbered from 0"

    def apply(self, plan: Plan, value: Literal[True]) -> Plan:  # noqa: ARG002
        """The plan whose loss gets class indices."""
        return plan.replace(preprocessing=plan.preprocessing.model_copy(update={"labels": "indices"}))
