"""Symptom: features that never vary."""

from __future__ import annotations

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.number_text import number_text
from remedy.diagnosis.symptom import Finding, Stage, Symptom


class ConstantFeature(Symptom):
    """A feature with the same value in all training samples, or X without any that varies."""

    name = "constant_feature"
    stage = Stage.DATA
    rule = (
        "A feature has zero variance in the training split, and the training does not learn; an error "
        "if that is so for all features."
    )
    source = (
        "Braiek and Khomh, TheDeepChecker: Testing Feedforward Neural Networks Training Programs (2022), "
        "https://doi.org/10.1145/3529318; scikit-learn, VarianceThreshold"
    )

    def find(self, case: Case) -> Finding | None:
        """A warning; an error if nothing in X varies."""
        constant = [feature for feature in case.data.features if feature.low == feature.high]
        if not constant or not case.is_stuck:
            return None
        if len(constant) == len(case.data.features) and not case.plan.preprocessing.tokens:
            return _nothing_varies(case)
        if case.plan.preprocessing.imputation is not None:
            return None  # sets them to 0
        first, count = max(constant, key=lambda feature: abs(feature.low)), len(constant)
        which = f"{count} features never vary, such as" if count > 1 else "one feature never varies,"
        return Finding(
            symptom=self.name,
            severity="warning",
            evidence=(
                Evidence("standard deviation", 0, 0, first.name),
                Evidence("features that never vary", count, 0),
            ),
            cause=f"{which} '{first.name}', which is always {number_text(first.low)}",
            explanation=(
                f"{'A feature' if count == 1 else f'{count} features'} of {len(case.data.features)} "
                f"{'has' if count == 1 else 'have'} one and the same value in all training samples, which "
                "tells samples apart as little as no feature would. Where that value is not 0 it pushes all "
                "units the same way at once, and another value in later data meets untrained weights."
            ),
            fixes=("imputation",),
            recipe={"imputation": "median"},
            advice="Check whether the column was read as intended; if it was, leave it out.",
        )


def _nothing_varies(case: Case) -> Finding:
    values = {feature.low for feature in case.data.features}
    what = (
        f"it is always {number_text(next(iter(values)))}" if len(values) == 1 else "every sample is the same"
    )
    return Finding(
        symptom=ConstantFeature.name,
        severity="error",
        evidence=(
            Evidence("features that vary", 0, 1),
            Evidence("features", len(case.data.features)),
        ),
        cause=f"X never varies: {what}",
        explanation=(
            "All training samples look exactly alike to the model, so it can only answer the same for all of "
            "them. The loss then stays where the best constant answer is."
        ),
        advice=(
            "Look at X right before it goes into the training: dividing whole numbers with // or converting "
            "fractions to integers leaves nothing but zeros."
        ),
    )
