"""Symptom: windows that do not hold a whole period of the series."""

from __future__ import annotations

from remedy.diagnosis.case import Case
from remedy.diagnosis.evidence import Evidence
from remedy.diagnosis.number_text import number_text
from remedy.diagnosis.symptom import Finding, Stage, Symptom

AS_GOOD = 0.02
"""Skills no further apart count as equally good everywhere in remedy."""


class WindowTooShort(Symptom):
    """The model cannot see what happened a period ago."""

    name = "window_too_short"
    stage = Stage.DATA
    rule = (
        "The main period of the target (the highest peak of its autocorrelation) is longer than the window, "
        "and a linear forecast surely gains more than 0.02 of skill from a window of one period."
    )
    source = (
        "Makridakis, Spiliotis and Assimakopoulos, The M4 Competition (2020), "
        "https://doi.org/10.1016/j.ijforecast.2019.04.014 (test for seasonality); Hyndman and "
        "Athanasopoulos, Forecasting: Principles and Practice, https://otexts.com/fpp3/acf.html"
    )

    def find(self, case: Case) -> Finding | None:
        """Advice: the window is part of the data section, which no fix changes."""
        series = case.data.series
        if series is None or series.period is None or series.gain_of_longer_window is None:
            return None
        if series.gain_low is None or series.gain_low <= AS_GOOD:
            return None
        gain = number_text(series.gain_of_longer_window)
        return Finding(
            symptom=self.name,
            severity="advice",
            evidence=(
                Evidence("steps of the window", series.window, series.period),
                Evidence("lower end of the gain in skill", series.gain_low, AS_GOOD),
                Evidence("gain in skill", series.gain_of_longer_window),
            ),
            cause=(
                f"the window of {series.window} steps does not hold the period of the target, which is "
                f"{series.period} steps"
            ),
            explanation=(
                f"The target resembles itself most after {series.period} steps, which lie outside a window "
                f"of {series.window}. A linear forecast that sees the whole period gains {gain} of skill on "
                "values that it was not fitted to."
            ),
            advice=f"Use windows of {series.period} steps (data.window.length: {series.period}).",
        )
