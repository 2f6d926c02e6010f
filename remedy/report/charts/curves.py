"""What happens over the epochs: skill, loss and the norm of the gradient."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from remedy.report.charts._style import (
    FIT,
    HEIGHT,
    IS_CHOSEN,
    Chart,
    chosen_color,
    chosen_param,
    faint,
    log_axis,
    whose_color,
    whose_width,
)
from remedy.report.gather import OTHER
from remedy.report.palette import GREY, TRAININGS

_MOST_EPOCHS = 120
_MOST_FAINT_EPOCHS = 40
_LOWEST = -1.0
"""Skill below it is drawn at the edge: a loss that diverges would flatten everything else."""

_SPLITS = {"val_skill": "validation", "skill": "training", "val_loss": "validation", "loss": "training"}
_KEYS = ["training", "whose", "trial", "epoch"]


def learning_curves(curves: pd.DataFrame) -> Chart:
    """Skill on the validation split (solid) and on the training split (dashed) over the epochs.

    Args:
        curves: as `Gathered.curves`.
    """
    others = _thinned(curves[curves["whose"] == OTHER], _MOST_FAINT_EPOCHS)
    behind = _long(others, ["val_skill"]).drop(columns=["whose", "split"])
    shown = _long(_thinned(curves[curves["whose"] != OTHER], _MOST_EPOCHS), ["val_skill", "skill"])
    for table in (behind, shown):
        table["value"] = table["value"].clip(lower=_LOWEST)
    scale = alt.Scale(domainMax=1, nice=True)
    base = (
        alt.Chart(behind)
        .mark_line(aria=False)
        .encode(
            x=_epochs(),
            y=alt.Y("value:Q", title=None, scale=scale),
            detail="training:N",
            color=chosen_color(GREY),
            opacity=alt.condition(IS_CHOSEN, alt.value(1.0), alt.value(faint(len(set(others["trial"]))))),
            strokeWidth=alt.condition(IS_CHOSEN, alt.value(3), alt.value(1)),
            tooltip=_tooltip("skill"),
        )
        .add_params(chosen_param())
    )
    constant = alt.Chart(pd.DataFrame({"value": [0]})).mark_rule(strokeDash=[2, 3], color=GREY)
    return _layered(
        [constant.encode(y=alt.Y("value:Q", scale=scale)), base, _lines(shown, "skill", scale, alt.Axis())],
        "Skill over the epochs of baseline, best recipe and trials",
    )


def loss_curves(curves: pd.DataFrame) -> Chart:
    """The loss of the shown trainings, as Keras reports it, on a logarithmic axis.

    Args:
        curves: as `Gathered.curves`.
    """
    shown = _thinned(curves[curves["whose"] != OTHER], _MOST_EPOCHS)
    return _on_its_axis(_long(shown, ["val_loss", "loss"]), "loss", "Loss over the epochs")


def gradient_curves(curves: pd.DataFrame) -> Chart:
    """The norm of the gradient over the epochs, on a logarithmic axis.

    Args:
        curves: as `Gathered.curves`.
    """
    shown = _thinned(curves[curves["whose"] != OTHER], _MOST_EPOCHS)
    long = _long(shown, ["gradient_norm"]).drop(columns="split")
    return _on_its_axis(long, "gradient norm", "Norm of the gradient over the epochs")


def _on_its_axis(long: pd.DataFrame, name: str, description: str) -> Chart:
    long = long[np.isfinite(long["value"])]  # a loss that diverges is infinite in the end
    scale, axis = alt.Scale(zero=False), alt.Axis()
    if len(long) and bool((long["value"] > 0).all()):
        scale, axis = log_axis(float(long["value"].min()), float(long["value"].max()))
    return _layered([_lines(long, name, scale, axis)], f"{description} of baseline and best recipe")


def _lines(long: pd.DataFrame, name: str, scale: alt.Scale, axis: alt.Axis) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(long)
        .mark_line()
        .encode(
            x=_epochs(),
            y=alt.Y("value:Q", title=None, scale=scale, axis=axis),
            color=whose_color([whose for whose in TRAININGS if (long["whose"] == whose).any()]),
            detail="training:N",
            strokeWidth=whose_width(),
        )
    )
    if "split" not in long:
        return chart.encode(tooltip=_tooltip(name))
    dashes = alt.Scale(domain=["validation", "training"], range=[[1, 0], [5, 4]])
    return chart.encode(
        strokeDash=alt.StrokeDash("split:N", legend=None, scale=dashes), tooltip=_tooltip(name, "split:N")
    )


def _layered(layers: list[alt.Chart], description: str) -> Chart:
    return alt.layer(*layers).properties(
        description=description, width="container", height=HEIGHT, autosize=FIT
    )


def _epochs() -> alt.X:
    scale = alt.Scale(zero=False, nice=False)
    return alt.X("epoch:Q", title="epoch", scale=scale, axis=alt.Axis(tickMinStep=1, grid=False))


def _tooltip(name: str, *more: str) -> list[alt.Tooltip]:
    middle = [alt.Tooltip(field) for field in more]
    return [
        alt.Tooltip("training:N"),
        *middle,
        alt.Tooltip("epoch:Q"),
        alt.Tooltip("value:Q", title=name, format=".4g"),
    ]


def _long(curves: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """A row per training, epoch and column, without the values that are missing."""
    long = curves.melt(_KEYS, columns, var_name="split", value_name="value").dropna(subset="value")
    long["value"] = long["value"].map(lambda value: float(f"{value:.5g}"))
    return long.assign(split=long["split"].map(_SPLITS))


def _thinned(curves: pd.DataFrame, most: int) -> pd.DataFrame:
    """Of long trainings evenly spread epochs, the first and the last one among them."""
    longest = int(curves["epoch"].max()) if len(curves) else 0
    every = -(-longest // most) or 1
    last = curves.groupby("training")["epoch"].transform("max")
    return curves[(curves["epoch"] % every == 0) | (curves["epoch"] == last) | (curves["epoch"] == 1)]
