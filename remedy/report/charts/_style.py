"""What the charts of a report have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from remedy.report.gather import BASELINE
from remedy.report.palette import CHOSEN, TRAININGS

Chart = alt.Chart | alt.LayerChart | alt.FacetChart

HEIGHT = 250
FIT = alt.AutoSizeParams(type="fit-x", contains="padding")
IS_CHOSEN = "indexof(chosen, datum.trial) >= 0"
"""Whether the reader has ticked the trial; the page sets the parameter."""


def to_spec(chart: Chart) -> dict[str, Any]:
    """The chart as JSON data, however many rows it has.

    Args:
        chart: any of this package's. Altair has checked them all where the tests make them; to do so again
            takes as long as all the rest.
    """
    with alt.data_transformers.enable("default", max_rows=None):
        return chart.to_dict(validate=False)


def whose_color(shown: Sequence[str]) -> alt.Color:
    """The colours of baseline and recipes; the page has the legend.

    Args:
        shown: those that the chart holds.
    """
    return alt.Color(
        "whose:N",
        legend=None,
        scale=alt.Scale(domain=[*shown], range=[TRAININGS[whose] for whose in shown]),
    )


def whose_width() -> alt.Condition | dict[str, object]:
    """The width of lines: two that are equal are both seen, as the baseline's is below and wider."""
    return alt.condition(alt.datum.whose == BASELINE, alt.value(3.6), alt.value(2))


def faint(lines: int) -> float:
    """The opacity of so many lines: the more there are, the less each of them is seen."""
    return round(min(0.45, 2 / math.sqrt(max(lines, 1))), 2)


def chosen_param() -> alt.Parameter:
    """The numbers of the trials that the reader has ticked."""
    return alt.param(name="chosen", value=[])


def chosen_color(otherwise: str) -> alt.Condition | dict[str, object]:
    """The colour of a trial's line."""
    return alt.condition(IS_CHOSEN, alt.value(CHOSEN), alt.value(otherwise))


def log_axis(low: float, high: float) -> tuple[alt.Scale, alt.Axis]:
    """A logarithmic scale with a line per power of ten; a linear one for values within a power of ten.

    Args:
        low: the smallest value, above 0.
        high: the largest.
    """
    decades = math.ceil(math.log10(high)) - math.floor(math.log10(low))
    if decades <= 1:
        return alt.Scale(zero=False), alt.Axis(tickCount=5)
    return alt.Scale(type="log", nice=True), alt.Axis(tickCount=min(decades, 6), format=",.5~g")
