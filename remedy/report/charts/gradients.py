"""How much of the gradient arrives: at each layer, and at the first time steps."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from remedy.report.charts._style import FIT, HEIGHT, Chart, log_axis, whose_color, whose_width
from remedy.report.palette import TRAININGS

TIMES = ("first tenth", "last tenth")
"""Of the time steps, from left to right."""


def layer_gradients(layers: pd.DataFrame, order: Sequence[str]) -> Chart:
    """The gradient that reaches each layer before the first step.

    Args:
        layers: columns `layer`, `whose` and `gradient`.
        order: the layers from input to output.
    """
    x = alt.X(
        "layer:N",
        title=None,
        sort=[*order],
        axis=alt.Axis(labelAngle=-30, labelLimit=90, labelOverlap=True, grid=False),
    )
    tooltip = [alt.Tooltip("layer:N"), alt.Tooltip("whose:N"), alt.Tooltip("gradient:Q", format=".3g")]
    return _norms(layers, x, tooltip, "Norm of the gradient that reaches each layer before the first step")


def time_gradients(steps: pd.DataFrame) -> Chart:
    """The gradient at the first and at the last time steps, before the first step of the training.

    Args:
        steps: columns `input`, `whose`, `at` and `gradient`.
    """
    x = alt.X("at:N", title="time steps", sort=[*TIMES], axis=alt.Axis(labelAngle=0, grid=False))
    tooltip = [*map(alt.Tooltip, ("input:N", "whose:N", "at:N")), alt.Tooltip("gradient:Q", format=".3g")]
    return _norms(steps, x, tooltip, "Norm of the gradient at the first and at the last time steps")


def _norms(table: pd.DataFrame, x: alt.X, tooltip: Sequence[str | alt.Tooltip], description: str) -> Chart:
    scale, axis = log_axis(float(table["gradient"].min()), float(table["gradient"].max()))
    detail = [alt.Detail("input:N")] if "input" in table else []
    chart: alt.Chart = (
        alt.Chart(table, description=description, width="container", height=HEIGHT, autosize=FIT)
        .mark_line(point=alt.OverlayMarkDef(size=70, filled=True))
        .encode(
            x,
            alt.Y("gradient:Q", title=None, scale=scale, axis=axis),
            whose_color([whose for whose in TRAININGS if (table["whose"] == whose).any()]),
            *detail,
            strokeWidth=whose_width(),
            tooltip=tooltip,
        )
    )
    return chart
