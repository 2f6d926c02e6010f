"""Symptom: features that are the target in another unit."""

from __future__ import annotations

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.symptom import Finding, Stage, Symptom

CORRELATION = 0.999
_SHOWN = 3


class Leakage(Symptom):
    """X holds the answer."""

    name = "leakage"
    stage = Stage.DATA
    rule = (
        "A feature equals the target of the same sample and time step times a number plus a number, with a "
        "rest below a millionth of its spread (a correlation beyond 0.999 alone is not enough), over at "
        "least 20 different values, or 20 samples of each class. The target's own past does not count."
    )
    source = (
        "Kaufman, Rosset, Perlich and Stitelman, Leakage in Data Mining (2012), "
        "https://doi.org/10.1145/2382577.2382579"
    )

    def find(self, case: Case) -> Finding | None:
        """Advice: a leak does not make a loss stuck, but a skill that is worth nothing."""
        leaks = case.data.leaks
        if not leaks:
            return None
        names = [f"'{leak.feature}'" for leak in leaks]
        named = ", ".join(names[:_SHOWN]) + (
            f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        )
        one = len(names) == 1
        return Finding(
            symptom=self.name,
            severity="advice",
            evidence=tuple(
                Evidence(
                    "correlation with the target", leak.correlation, (-CORRELATION, CORRELATION), leak.feature
                )
                for leak in leaks
            ),
            cause=f"{named} {'is' if one else 'are'} the target in another unit",
            explanation=(
                f"The target can be computed exactly from {'this' if one else 'each of these'} "
                f"{len(leaks)} of {len(case.data.features)} features by one multiplication and one addition. "
                "A model learns just that, and is of no use where the target, and with it the feature, is "
                "not known yet."
            ),
            advice=f"Leave {'it' if one else 'them'} out of X, unless {'it is' if one else 'they are'} known "
            "before the target is.",
        )
