"""Symptom: features that are large, or differ much in size."""

from __future__ import annotations

from collections.abc import Sequence

from remedy.diagnosis.case import Case
from remedy.diagnosis.data_statistics import FeatureStatistics
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.model_scaling import scales_input
from remedy.diagnosis.number_text import number_text
from remedy.diagnosis.symptom import Finding, Stage, Symptom

LARGEST = 10.0
WIDEST = 100.0
_BULK = 3.0


class UnscaledFeatures(Symptom):
    """Raw numbers that reach the first layer as they are."""

    name = "unscaled_features"
    stage = Stage.SCALE
    rank = 1  # features of some hundreds are often learned from; a target out of reach holds back in any case
    rule = (
        "A feature reaches beyond [-10, 10], or the spreads of two (standard deviation and range, without "
        "constants and features of two values) are more than 100 times apart, nothing scales X, and the "
        "training does not learn."
    )
    source = (
        "Schoop, Huang and Hartmann, UMLAUT: Debugging Deep Learning Programs using Program Structure and "
        "Model Behavior (2021), https://doi.org/10.1145/3411764.3445538; LeCun, Bottou, Orr and Müller, "
        "Efficient BackProp (1998)"
    )

    def find(self, case: Case) -> Finding | None:
        """An error if a feature is large as a rule; a warning for single outliers, and for spreads."""
        if not case.is_stuck or case.plan.preprocessing.scaling is not None:
            return None
        scaled = {
            name
            for name in {feature.input for feature in case.data.features}
            if scales_input(case.plan, name, case.measured)
        }
        features = [
            feature
            for feature in case.data.features
            if feature.input not in scaled and feature.low <= feature.high  # NaN if nothing is finite
        ]
        large = max(features, key=_magnitude, default=None)
        if large is not None and _magnitude(large) > LARGEST:
            return _large(
                max(features, key=lambda one: (_is_large_as_a_rule(one), _magnitude(one))), features
            )
        return _uneven(features)


def _large(worst: FeatureStatistics, features: Sequence[FeatureStatistics]) -> Finding:
    reached = max(worst.low, worst.high, key=abs)
    usual = _is_large_as_a_rule(worst)
    count = sum(_magnitude(feature) > LARGEST for feature in features)
    if usual:
        cause = f"X was never scaled: '{worst.name}' reaches {number_text(reached)}"
        explanation = (
            f"Fresh weights expect inputs of about 1, but '{worst.name}' has a mean of "
            f"{number_text(worst.mean)} and reaches {number_text(reached)}. Such inputs drive units to their "
            "ends or blow the gradients up at the first step, and no learning rate suits all weights."
        )
    else:
        cause = f"X has outliers: '{worst.name}' reaches {number_text(reached)}"
        explanation = (
            f"Most of '{worst.name}' is of moderate size (mean {number_text(worst.mean)}, standard deviation "
            f"{number_text(worst.std)}), but it reaches {number_text(reached)}. The few samples with such "
            "values make huge gradients that undo what the others have taught."
        )
    return Finding(
        symptom=UnscaledFeatures.name,
        severity="error" if usual else "warning",
        evidence=(
            Evidence("largest magnitude", abs(reached), LARGEST, worst.name),
            Evidence("features beyond [-10, 10]", count, 0),
        ),
        cause=cause,
        explanation=explanation,
        fixes=("scaling", "batch_normalization") if usual else ("scaling", "clipnorm"),
        recipe=_scaled() if usual else {},
        advice=None if usual else "Check whether the outliers are mistakes, and mend or clip them.",
    )


def _uneven(features: Sequence[FeatureStatistics]) -> Finding | None:
    varied = [feature for feature in features if feature.std > 0 and not feature.binary]
    if not varied:
        return None
    wide, narrow = max(varied, key=_range), min(varied, key=_range)
    # A feature that is mostly 0 has a small deviation and yet a range like others, and the other way round.
    ratio = min(_range(wide) / _range(narrow), wide.std / narrow.std)
    if ratio <= WIDEST:
        return None
    return Finding(
        symptom=UnscaledFeatures.name,
        severity="warning",
        evidence=(
            Evidence("widest spread over the narrowest", ratio, WIDEST, f"{wide.name}, {narrow.name}"),
        ),
        cause=(
            f"the features differ much in size: '{wide.name}' varies {number_text(ratio)} times as much as "
            f"'{narrow.name}'"
        ),
        explanation=(
            f"The standard deviation of '{wide.name}' is {number_text(wide.std)}, that of '{narrow.name}' "
            f"{number_text(narrow.std)}. A learning rate that suits the weights of the one is far too large "
            "or far too small for those of the other, so the narrow feature is hardly used."
        ),
        fixes=("scaling", "batch_normalization"),
        recipe=_scaled(),
    )


def _scaled() -> dict[str, str]:
    # A single outlier squeezes all other values together under minmax, and a feature that is mostly 0 has no
    # quartiles for robust to go by.
    return {"scaling": "standard"}


def _magnitude(feature: FeatureStatistics) -> float:
    return max(abs(feature.low), abs(feature.high))


def _range(feature: FeatureStatistics) -> float:
    return feature.high - feature.low


def _is_large_as_a_rule(feature: FeatureStatistics) -> bool:
    """Whether values beyond the limit are within three standard deviations of the mean."""
    return _magnitude(feature) > LARGEST and abs(feature.mean) + _BULK * feature.std > LARGEST
