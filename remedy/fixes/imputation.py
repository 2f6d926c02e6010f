"""Fix: values in place of missing ones."""

from __future__ import annotations

from typing import Literal

from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import Space, parse_space
from remedy.plan import Plan


class Imputation(Fix):
    """Missing inputs filled in by what the training rows, or earlier steps, say."""

    name = "imputation"
    stage = Stage.DATA
    value_type = Literal["median", "forward_fill"]
    changes = (
        "Fills in missing inputs: with the feature's median of the training rows (median), or with its value "
        "at the step before in the same sample, the median where there is none (forward_fill). A feature "
        "that never varies in the training rows becomes 0."
    )
    helps_when = "Inputs are missing, so that the loss is NaN from the first batch on."
    source = (
        "scikit-learn, Imputation of missing values, https://scikit-learn.org/stable/modules/impute.html; "
        "Che et al., Recurrent Neural Networks for Multivariate Time Series with Missing Values (2018), "
        "https://arxiv.org/abs/1606.01865"
    )

    def default_space(self, plan: Plan) -> Space:
        """The median, and filling forward where something is missing in samples that have steps."""
        steps = any(len(shape) == 2 for shape in plan.data.input_shapes.values())
        return parse_space(["median", "forward_fill"] if steps and plan.data.missing else "median")

    def not_applicable(self, plan: Plan) -> str | None:
        """Complete inputs that all vary leave nothing to do."""
        if plan.data.missing or plan.data.constant:
            return None
        return "X has no missing values and no constant feature"

    def cause(self, plan: Plan, value: str) -> str:  # noqa: ARG002
        """What became of missing values before."""
        present = plan.preprocessing.imputation
        if present:
            return f"missing values were filled in by {present.replace('_', ' ')}"
        return "X had missing values" if plan.data.missing else "X had a feature that never varies"

    def cure(self, plan: Plan, value: str) -> str:
        """By what missing values are filled in."""
        if not plan.data.missing:
            return "setting features that never vary to 0"
        by = {"median": "the median", "forward_fill": "the value before"}
        return f"filling in missing values by {by[value]}"

    def apply(self, plan: Plan, value: str) -> Plan:
        """The plan that fills in missing inputs by `value`."""
        return plan.replace(preprocessing=plan.preprocessing.model_copy(update={"imputation": value}))
