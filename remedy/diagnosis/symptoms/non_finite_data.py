"""Symptom: values that are missing or infinite."""

from __future__ import annotations

import math

from remedy.diagnosis.case import Case
from remedy.diagnosis.data_statistics import FeatureStatistics
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.number_text import share_text
from remedy.diagnosis.symptom import Finding, Stage, Symptom


class NonFiniteData(Symptom):
    """NaN or infinite values that reach the model or the loss."""

    name = "non_finite_data"
    stage = Stage.DATA
    rule = (
        "A value of X is missing (NaN) and no imputation is set, or a value of X or y is infinite, unless a "
        "whole epoch with such values learned all the same."
    )
    source = (
        "scikit-learn, Imputation of missing values, https://scikit-learn.org/stable/modules/impute.html; "
        "Schoop, Huang and Hartmann, UMLAUT: Debugging Deep Learning Programs using Program Structure and "
        "Model Behavior (2021), https://doi.org/10.1145/3411764.3445538"
    )

    def find(self, case: Case) -> Finding | None:
        """An error: the first batch with such a value ends the training; a warning outside the training."""
        if _is_coped_with(case):
            return _missing_elsewhere(case)
        infinite = [feature for feature in case.data.features if feature.infinite]
        if infinite:
            return _infinite(max(infinite, key=lambda feature: feature.infinite), len(infinite))
        wrong = [target.name for target in case.data.targets if not math.isfinite(target.mean)]
        if wrong:
            return Finding(
                symptom=self.name,
                severity="error",
                evidence=(Evidence("targets with missing or infinite values", len(wrong), 0, wrong[0]),),
                cause=f"the target '{wrong[0]}' has missing or infinite values",
                explanation=_spreading(f"'{wrong[0]}' has values that are no finite numbers"),
                advice="Leave out the samples without a finite target.",
            )
        missing = [feature for feature in case.data.features if feature.missing]
        if missing and case.plan.preprocessing.imputation is None:
            return _missing(case, missing)
        return _missing_elsewhere(case)


def _is_coped_with(case: Case) -> bool:
    """Layers of the user's own may know what to do with NaN; a few batches may not have met one."""
    return case.measured is not None and case.measured.learns and case.measured.epochs >= 1


def _spreading(what: str) -> str:
    return (
        f"{what}, and a single one makes the loss of its batch NaN. The gradient of that loss is NaN as "
        "well, so one step later all weights are, and nothing is learned any more."
    )


def _infinite(worst: FeatureStatistics, features: int) -> Finding:
    return Finding(
        symptom=NonFiniteData.name,
        severity="error",
        evidence=(
            Evidence("share of infinite values", worst.infinite, 0, worst.name),
            Evidence("features with infinite values", features, 0),
        ),
        cause=f"X has infinite values: {share_text(worst.infinite)} of '{worst.name}'",
        explanation=_spreading(f"{share_text(worst.infinite)} of the values of '{worst.name}' are infinite"),
        advice=(
            f"Look for a division by zero or an overflow in '{worst.name}', and mend or leave out those rows."
        ),
    )


def _missing(case: Case, missing: list[FeatureStatistics]) -> Finding:
    worst = max(missing, key=lambda feature: feature.missing)
    others = len(missing) - 1
    more = f" and {others} more feature{'' if others == 1 else 's'}" if others else ""
    return Finding(
        symptom=NonFiniteData.name,
        severity="error",
        evidence=(
            Evidence("share of missing values", worst.missing, 0, worst.name),
            Evidence("features with missing values", len(missing), 0),
        ),
        cause=(
            f"X has missing values (NaN) and nothing fills them in: {share_text(worst.missing)} of "
            f"'{worst.name}'{more}"
        ),
        explanation=_spreading(f"{share_text(worst.missing)} of the values of '{worst.name}' are missing"),
        fixes=("imputation",),
        recipe=_filled(case),
    )


def _missing_elsewhere(case: Case) -> Finding | None:
    here = any(feature.missing for feature in case.data.features)
    if here or not case.plan.data.missing or case.plan.preprocessing.imputation is not None:
        return None
    return Finding(
        symptom=NonFiniteData.name,
        severity="error" if case.is_stuck else "warning",
        evidence=(Evidence("other splits with missing values, at least", 1, 0),),
        cause="X has missing values (NaN) outside the training split and nothing fills them in",
        explanation=(
            "The training split is complete, but a missing number in the validation or test split makes the "
            "prediction for its sample NaN. The loss and the skill of that split are then NaN as well."
        ),
        fixes=("imputation",),
        recipe=_filled(case),
    )


def _filled(case: Case) -> dict[str, str]:
    # In a series the value before is closer to what is missing than the median of all times.
    return {"imputation": "median" if case.data.series is None else "forward_fill"}
