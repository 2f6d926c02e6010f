"""The charts of a report, as Vega-Lite that Altair has checked.

Their colours tell well on white and on black; everything else takes the colour of the text around it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from remedy.report.gather import BASELINE, BEST, MINIMAL, OTHER

Chart = alt.Chart | alt.LayerChart | alt.FacetChart

RED, GREEN, BLUE, GREY = "#d64550", "#1f9d61", "#3b82d6", "#8b93a1"
_COLORS = {BASELINE: RED, BEST: GREEN, MINIMAL: BLUE, OTHER: GREY}
_ROLES = {"needed": GREEN, "helpful": BLUE, "neutral": GREY, "harmful": RED, "untested": GREY}
_HEIGHT = 260
_MOST_EPOCHS = 120
_LOWEST = -1.0
"""Skill below it is drawn at the edge: a loss that diverges would flatten everything else."""


def learning_curves(curves: pd.DataFrame) -> Chart:
    """Skill on the validation split (solid) and on the training split (dashed) over the epochs.

    Args:
        curves: as `Gathered.curves`.
    """
    table = _thinned(curves)
    long = table.melt(
        ["training", "whose", "trial", "epoch"], ["val_skill", "skill"], var_name="split", value_name="value"
    )
    long["split"] = long["split"].map({"val_skill": "validation", "skill": "training"})
    long["value"] = long["value"].clip(lower=_LOWEST)
    long = long[(long["whose"] != OTHER) | (long["split"] == "validation")]
    return _lines(
        long, "skill", alt.Scale(zero=False), "Skill over the epochs of baseline, best recipe and trials"
    )


def loss_curves(curves: pd.DataFrame) -> Chart:
    """The loss of the shown trainings, as Keras reports it, on a logarithmic axis.

    Args:
        curves: as `Gathered.curves`.
    """
    table = _thinned(curves[curves["whose"] != OTHER])
    long = table.melt(
        ["training", "whose", "trial", "epoch"], ["val_loss", "loss"], var_name="split", value_name="value"
    )
    long["split"] = long["split"].map({"val_loss": "validation", "loss": "training"})
    positive = bool((long["value"].dropna() > 0).all())
    scale = alt.Scale(type="log", nice=False) if positive else alt.Scale(zero=False)
    return _lines(long, "loss", scale, "Loss over the epochs of baseline and best recipe")


def _lines(long: pd.DataFrame, name: str, scale: alt.Scale, description: str) -> Chart:
    data = long.dropna(subset="value").round({"value": 5})
    shown = [whose for whose in _COLORS if (data["whose"] == whose).any()]
    color = alt.Color(
        "whose:N", title=None, scale=alt.Scale(domain=shown, range=[_COLORS[whose] for whose in shown])
    )
    base = alt.Chart(data, description=description, width="container", height=_HEIGHT).encode(
        x=alt.X("epoch:Q", title="epoch", axis=alt.Axis(tickMinStep=1, grid=False)),
        y=alt.Y("value:Q", title=name, scale=scale),
        color=color,
        detail="training:N",
        tooltip=[
            alt.Tooltip("training:N"),
            alt.Tooltip("split:N"),
            alt.Tooltip("epoch:Q"),
            alt.Tooltip("value:Q", title=name, format=".4g"),
        ],
    )
    chosen = alt.param(name="chosen", value=[])
    others = (
        base.transform_filter(alt.datum.whose == OTHER)
        .mark_line(strokeWidth=1)
        .encode(
            opacity=alt.condition("indexof(chosen, datum.trial) >= 0", alt.value(1.0), alt.value(0.35)),
            strokeWidth=alt.condition("indexof(chosen, datum.trial) >= 0", alt.value(3), alt.value(1)),
        )
        .add_params(chosen)
    )
    lines = (
        base.transform_filter(alt.datum.whose != OTHER)
        .mark_line(strokeWidth=2.5)
        .encode(
            strokeDash=alt.StrokeDash(
                "split:N",
                title=None,
                scale=alt.Scale(domain=["validation", "training"], range=[[1, 0], [5, 4]]),
            )
        )
    )
    return alt.layer(others, lines)


def _thinned(curves: pd.DataFrame) -> pd.DataFrame:
    """Of long trainings evenly spread epochs, the last one among them."""
    longest = int(curves["epoch"].max()) if len(curves) else 0
    every = -(-longest // _MOST_EPOCHS) or 1
    last = curves.groupby("training")["epoch"].transform("max")
    return curves[(curves["epoch"] % every == 0) | (curves["epoch"] == last) | (curves["epoch"] == 1)]


def fix_effects(fixes: Sequence[Mapping[str, Any]]) -> Chart:
    """What is lost without each fix, with its interval.

    Args:
        fixes: rows of the verdict's `fixes` that have a drop.
    """
    data = pd.DataFrame(
        {
            "fix": row["fix"],
            "role": row["role"] or "untested",
            "drop": row["drop"],
            "low": row["drop_low"],
            "high": row["drop_high"],
        }
        for row in fixes
    )
    roles = [role for role in _ROLES if (data["role"] == role).any()]
    base = alt.Chart(
        data,
        description="Skill that is lost without each fix of the best recipe, with its 95 % interval",
        width="container",
        height=alt.Step(34),
    ).encode(
        y=alt.Y("fix:N", title=None, sort=None, axis=alt.Axis(grid=False)),
        color=alt.Color(
            "role:N", title=None, scale=alt.Scale(domain=roles, range=[_ROLES[role] for role in roles])
        ),
        tooltip=[
            alt.Tooltip(name, format=".3f") if name != "fix" else alt.Tooltip(name)
            for name in ("fix", "drop", "low", "high")
        ],
    )
    zero = alt.Chart(pd.DataFrame({"zero": [0]})).mark_rule(strokeDash=[3, 3], color=GREY).encode(x="zero:Q")
    interval = base.mark_rule(strokeWidth=3).encode(
        x=alt.X("low:Q", title="skill lost without it"), x2="high:Q"
    )
    return alt.layer(zero, interval, base.mark_point(size=90, filled=True, opacity=1).encode(x="drop:Q"))


def gradients(layers: pd.DataFrame) -> Chart:
    """The gradient that reaches each layer before the first step.

    Args:
        layers: columns `layer`, `whose` and `gradient`; from input to output.
    """
    whose = [name for name in (BASELINE, BEST) if (layers["whose"] == name).any()]
    chart: Chart = (
        alt.Chart(
            layers,
            description="Norm of the gradient that reaches each layer before the first step",
            width="container",
            height=_HEIGHT,
        )
        .mark_line(point=alt.OverlayMarkDef(size=70, filled=True), strokeWidth=2)
        .encode(
            x=alt.X("layer:N", title=None, sort=None, axis=alt.Axis(labelAngle=-30, grid=False)),
            y=alt.Y("gradient:Q", title="gradient norm", scale=alt.Scale(type="log", nice=False)),
            color=alt.Color(
                "whose:N", title=None, scale=alt.Scale(domain=whose, range=[_COLORS[name] for name in whose])
            ),
            tooltip=["layer:N", "whose:N", alt.Tooltip("gradient:Q", format=".3g")],
        )
    )
    return chart


def forecast(table: pd.DataFrame) -> Chart:
    """Truth and predictions in the order of the samples.

    Args:
        table: columns `sample`, `truth` and one per training.
    """
    names = [name for name in (BASELINE, BEST) if name in table]
    long = table.melt("sample", ["truth", *names], var_name="whose", value_name="value")
    domain = ["truth", *names]
    base = alt.Chart(
        long,
        description="Truth and predictions on the test split, in order",
        width="container",
        height=_HEIGHT,
    ).encode(
        x=alt.X("sample:Q", title="test sample", axis=alt.Axis(grid=False), scale=alt.Scale(nice=False)),
        y=alt.Y("value:Q", title=None, scale=alt.Scale(zero=False)),
        color=alt.Color(
            "whose:N",
            title=None,
            scale=alt.Scale(domain=domain, range=[GREY, *(_COLORS[name] for name in names)]),
        ),
        tooltip=["sample:Q", "whose:N", alt.Tooltip("value:Q", format=".4g")],
    )
    return alt.layer(base.mark_line(strokeWidth=1.6))


def scatter(table: pd.DataFrame) -> Chart:
    """Predictions over the truth.

    Args:
        table: as for `forecast`.
    """
    names = [name for name in (BASELINE, BEST) if name in table]
    long = table.melt("truth", names, var_name="whose", value_name="prediction")
    ends = [float(table["truth"].min()), float(table["truth"].max())]
    line = alt.Chart(pd.DataFrame({"truth": ends, "prediction": ends})).mark_line(
        color=GREY, strokeDash=[4, 4]
    )
    points = (
        alt.Chart(long)
        .mark_point(size=28, filled=True, opacity=0.65)
        .encode(
            color=alt.Color(
                "whose:N", title=None, scale=alt.Scale(domain=names, range=[_COLORS[name] for name in names])
            ),
            tooltip=[
                "whose:N",
                alt.Tooltip("truth:Q", format=".4g"),
                alt.Tooltip("prediction:Q", format=".4g"),
            ],
        )
    )
    return (
        alt.layer(line, points)
        .encode(
            x=alt.X("truth:Q", scale=alt.Scale(zero=False)),
            y=alt.Y("prediction:Q", scale=alt.Scale(zero=False)),
        )
        .properties(
            description="Predictions over the truth on the test split", width="container", height=_HEIGHT
        )
    )


def confusion(table: pd.DataFrame, title: str) -> Chart:
    """How often each class was taken for which.

    Args:
        table: columns `truth`, `predicted`, `count` and `share` (of the true class).
        title: whose predictions they are.
    """
    order = list(dict.fromkeys(table["truth"]))
    base = alt.Chart(
        table,
        description=f"How often the {title} takes each class for which, on the test split",
        width="container",
        height=alt.Step(34),
        title=title,
    ).encode(
        x=alt.X("predicted:N", sort=order, axis=alt.Axis(labelAngle=0, grid=False)),
        y=alt.Y("truth:N", sort=order, axis=alt.Axis(grid=False)),
        tooltip=["truth:N", "predicted:N", "count:Q", alt.Tooltip("share:Q", format=".0%")],
    )
    cells = base.mark_rect().encode(
        color=alt.Color("share:Q", scale=alt.Scale(domain=[0, 1], range=["#3b82d61a", BLUE]), legend=None)
    )
    return alt.layer(cells, base.mark_text(fontSize=13).encode(text="count:Q"))


def parallel_coordinates(table: pd.DataFrame, columns: Sequence[str]) -> Chart:
    """Every trial as a line through its values.

    Args:
        table: columns `trial`, `skill`, `learned`, and for each of `columns` its place between 0 and 1.
        columns: the fixes that were tried, then `skill`.
    """
    long = table.melt(["trial", "learned", "text"], [*columns], var_name="axis", value_name="place")
    base = alt.Chart(
        long,
        description="Every trial of the search as a line through the values of its fixes to its skill",
        width="container",
        height=_HEIGHT + 40,
    ).encode(
        x=alt.X("axis:N", title=None, sort=list(columns), axis=alt.Axis(labelAngle=-35, grid=True)),
        y=alt.Y("place:Q", title=None, axis=None, scale=alt.Scale(domain=[0, 1])),
        detail="trial:N",
        color=alt.Color(
            "learned:N",
            title=None,
            scale=alt.Scale(domain=["learned", "did not learn"], range=[GREEN, GREY]),
        ),
        tooltip=["trial:N", alt.Tooltip("text:N", title="recipe")],
    )
    chosen = alt.param(name="chosen", value=[])
    return alt.layer(
        base.mark_line(strokeWidth=1.2)
        .encode(
            opacity=alt.condition("indexof(chosen, datum.trial) >= 0", alt.value(1.0), alt.value(0.4)),
            strokeWidth=alt.condition("indexof(chosen, datum.trial) >= 0", alt.value(4), alt.value(1.2)),
        )
        .add_params(chosen)
    )
