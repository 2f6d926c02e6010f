"""Predictions against the truth, on the test split."""

from __future__ import annotations

import altair as alt
import pandas as pd

from remedy.report.charts._style import FIT, HEIGHT, Chart, whose_color
from remedy.report.gather import BASELINE, BEST
from remedy.report.palette import BLUE, GREY, TRAININGS

TRUTH = "truth"


def forecast(table: pd.DataFrame) -> Chart:
    """Truth and predictions in the order of the samples.

    Args:
        table: columns `sample`, `truth` and one per training.
    """
    names = _trainings(table)
    long = table.melt("sample", [TRUTH, *names], var_name="whose", value_name="value")
    colors = alt.Scale(domain=[TRUTH, *names], range=[GREY, *(TRAININGS[name] for name in names)])
    chart: alt.Chart = (
        alt.Chart(
            long,
            description="Truth and predictions on the test split, in order",
            width="container",
            height=HEIGHT,
            autosize=FIT,
        )
        .mark_line()
        .encode(
            x=alt.X("sample:Q", title="test sample", axis=alt.Axis(grid=False), scale=alt.Scale(nice=False)),
            y=alt.Y("value:Q", title=None, scale=alt.Scale(zero=False)),
            color=alt.Color("whose:N", legend=None, scale=colors),
            strokeWidth=alt.condition(alt.datum.whose == TRUTH, alt.value(3), alt.value(2)),
            tooltip=["sample:Q", "whose:N", alt.Tooltip("value:Q", format=".4g")],
        )
    )
    return chart


def scatter(table: pd.DataFrame) -> Chart:
    """Predictions over the truth.

    Args:
        table: as for `forecast`.
    """
    names = _trainings(table)
    long = table.melt(TRUTH, names, var_name="whose", value_name="prediction")
    ends = [float(table[TRUTH].min()), float(table[TRUTH].max())]
    line = alt.Chart(pd.DataFrame({TRUTH: ends, "prediction": ends})).mark_line(
        color=GREY, strokeDash=[4, 4], strokeWidth=1.5
    )
    points = (
        alt.Chart(long)
        .mark_point(size=32, filled=True, opacity=0.65, aria=False)
        .encode(
            color=whose_color(names),
            tooltip=[
                "whose:N",
                alt.Tooltip(f"{TRUTH}:Q", format=".4g"),
                alt.Tooltip("prediction:Q", format=".4g"),
            ],
        )
    )
    return (
        alt.layer(line, points)
        .encode(
            x=alt.X(f"{TRUTH}:Q", scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5)),
            y=alt.Y("prediction:Q", scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5)),
        )
        .properties(
            description="Predictions over the truth on the test split",
            width="container",
            height=HEIGHT,
            autosize=FIT,
        )
    )


def confusion(table: pd.DataFrame, title: str) -> Chart:
    """How often each class was taken for which.

    Args:
        table: columns `truth`, `predicted`, `count` and `share` (of the true class).
        title: what is predicted, or whose predictions they are.
    """
    order, across = (list(dict.fromkeys(table[column])) for column in (TRUTH, "predicted"))
    axis = alt.Axis(labelAngle=0, grid=False, labelLimit=110, labelOverlap=True, ticks=False, domain=False)
    base = alt.Chart(table).encode(
        x=alt.X("predicted:N", sort=across, axis=axis),
        y=alt.Y(f"{TRUTH}:N", sort=order, axis=axis),
        tooltip=[f"{TRUTH}:N", "predicted:N", "count:Q", alt.Tooltip("share:Q", format=".0%")],
    )
    # The numbers on them have the colour of text, which is light or dark.
    shades = alt.Scale(domain=[0, 1], range=[f"{BLUE}12", f"{BLUE}99"])
    cells = base.mark_rect(cornerRadius=2).encode(color=alt.Color("share:Q", scale=shades, legend=None))
    return alt.layer(cells, base.mark_text(fontSize=13).encode(text="count:Q")).properties(
        description=f"{title}: how often each class was taken for which, on the test split",
        width="container",
        height=36 * len(order),
        autosize=FIT,
    )


def _trainings(table: pd.DataFrame) -> list[str]:
    return [name for name in (BASELINE, BEST) if name in table]
