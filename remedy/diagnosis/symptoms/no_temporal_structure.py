"""Symptom: a series whose past says nothing about its future."""

from __future__ import annotations

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.number_text import number_text
from remedy.diagnosis.symptom import Finding, Stage, Symptom

SIGNIFICANT = 0.05


class NoTemporalStructure(Symptom):
    """A target without autocorrelation, and features that do not explain it either."""

    name = "no_temporal_structure"
    stage = Stage.DATA
    rule = (
        "The Ljung-Box test finds no autocorrelation in the target (p above 0.05), no simple model learns "
        "anything from X, and the training does not learn; series only."
    )
    source = "Ljung and Box, On a measure of lack of fit in time series models (1978), https://doi.org/10.2307/2335207"

    def find(self, case: Case) -> Finding | None:
        """Advice: no fix can find what is not there."""
        series, learnability = case.data.series, case.learnability
        if series is None or learnability is None or learnability.has_signal or not case.is_stuck:
            return None
        if series.ljung_box_p <= SIGNIFICANT:
            return None
        return Finding(
            symptom=self.name,
            severity="advice",
            evidence=(
                Evidence("p value of the Ljung-Box test", series.ljung_box_p, SIGNIFICANT),
                Evidence("values in a row", series.values),
            ),
            cause="the target does not depend on its own past",
            explanation=(
                f"In {series.values:,} values in a row there is no more autocorrelation than in pure noise "
                f"(p = {number_text(series.ljung_box_p)}). A model that is to predict such a series from "
                "what came before can do no better than its mean, whatever its layers and settings are."
            ),
            advice=(
                "Check that the rows are in the order of time, then look for features that have to do with "
                "the target, or predict averages over longer spans."
            ),
        )
