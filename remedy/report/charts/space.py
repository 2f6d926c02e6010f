"""The space that was searched."""

from __future__ import annotations

import altair as alt
import pandas as pd

from remedy.report.charts._style import FIT, IS_CHOSEN, Chart, chosen_param, faint
from remedy.report.palette import CHOSEN, GREEN, GREY

_HEIGHT = 300


def parallel_coordinates(lines: pd.DataFrame, labels: pd.DataFrame) -> Chart:
    """Every trial as a line through its values.

    Args:
        lines: a row per trial and axis: `trial`, `learned`, `axis`, `place` (about 0 to 1) and `value`
            (a text).
        labels: what stands at the axes: `axis`, `place` and `label`.
    """
    x = alt.X(
        "axis:N",
        title=None,
        sort=list(dict.fromkeys(lines["axis"])),
        axis=alt.Axis(
            grid=True, domain=False, ticks=False, labelAngle=0, labelLimit=110, labelPadding=8,
            labelExpr="split(datum.label, '\\n')",
        ),
        scale=alt.Scale(padding=0.4),
    )  # fmt: skip
    y = alt.Y("place:Q", title=None, axis=None, scale=alt.Scale(domain=[-0.04, 1.04]))
    learned = alt.condition(alt.datum.learned, alt.value(GREEN), alt.value(GREY))
    base = alt.Chart(lines).encode(
        x=x, y=y, detail="trial:N", tooltip=["trial:N", "axis:N", alt.Tooltip("value:N")]
    )
    trials = (
        base.mark_line(strokeJoin="round", aria=False)
        .encode(
            color=learned,
            opacity=alt.condition(IS_CHOSEN, alt.value(0.0), alt.value(faint(len(set(lines["trial"]))))),
            strokeWidth=alt.value(1.3),
        )
        .add_params(chosen_param())
    )
    chosen = base.mark_line(strokeWidth=3.5, strokeJoin="round", color=CHOSEN, aria=False).transform_filter(
        IS_CHOSEN
    )
    texts = (
        alt.Chart(labels)
        .mark_text(align="left", dx=5, fontSize=11, limit=100)
        .encode(x=x, y=y, text="label:N")
    )
    return alt.layer(trials, chosen, texts).properties(
        description="Every trial of the search as a line through the values of its fixes to its skill",
        width="container",
        height=_HEIGHT,
        autosize=FIT,
    )
