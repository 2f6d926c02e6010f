"""Which charts a page shows, and what is said of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from remedy.inert import legible
from remedy.json_data import json_data
from remedy.report import charts, tables
from remedy.report.gather import BASELINE, BEST, OTHER, Gathered
from remedy.report.palette import CHOSEN, GREEN, GREY, ROLES, TRAININGS
from remedy.wording.cure import capital, listed

INK = "currentColor"
MOST_OUTPUTS = 4
"""Of a model with more outputs, the predictions of the first are drawn."""


@dataclass(frozen=True)
class Figure:
    """A chart and what is said of it.

    Attributes:
        id: of the element that holds it.
        title: what is drawn.
        caption: how to read it.
        spec: in Vega-Lite.
        wide: whether it takes the room of two, if there is room.
        columns: how many of some five characters it needs at least; 0 if it fits everywhere.
    """

    id: str
    title: str
    caption: str
    spec: Mapping[str, Any]
    wide: bool = False
    columns: int = 0


def figures(study: Gathered) -> dict[str, list[Figure]]:
    """The charts of a page by section.

    Args:
        study: what it shows.
    """
    return {
        "curves": list(_curves(study)),
        "fixes": list(_fixes(study)),
        "gradients": list(_gradients(study)),
        "predictions": list(_predictions(study)),
        "space": list(_space(study)),
    }


def _figure(
    name: str, title: str, caption: str, chart: charts.Chart, *, wide: bool = False, columns: int = 0
) -> Figure:
    return Figure(f"chart-{name}", title, caption, json_data(charts.to_spec(chart)), wide, columns)


def _curves(study: Gathered) -> Iterator[Figure]:
    if study.curves.empty:
        return
    yield _figure(
        "skill",
        "Skill",
        "1 is perfect, 0 (dotted) no better than the best constant; what lies below -1 is drawn there."
        + _without_line(study.curves),
        charts.learning_curves(study.curves),
    )
    if (study.curves["whose"] != OTHER).any():
        yield _figure(
            "loss",
            "Loss",
            "As Keras reports it. Losses under another scaling of y or another loss function cannot be "
            "compared with each other; their course can.",
            charts.loss_curves(study.curves),
        )
    if study.diagnosis is None:
        yield from _norms(study)


def _without_line(curves: pd.DataFrame) -> str:
    """A sentence on those that diverged at once, or were to have one epoch only."""
    shown = curves[curves["whose"] != OTHER]
    points = shown.groupby(["whose", "training"])[["val_skill", "skill"]].count().max(axis=1)
    drawn = set(points[points > 1].index.get_level_values("whose"))  # one point is no line
    missing = [whose for whose in dict.fromkeys(shown["whose"]) if whose not in drawn]
    return "".join(f" The {whose} has no line: no two of its epochs have a skill." for whose in missing)


def _fixes(study: Gathered) -> Iterator[Figure]:
    measured = [
        row for row in study.verdict["fixes"] if row["drop"] is not None and row["drop_low"] is not None
    ]
    if measured:
        yield _figure(
            "fixes",
            "What is lost without each fix",
            "Skill of the best recipe less that without the fix. The intervals of all fixes hold together "
            "with 95 %." + _cut(measured),
            charts.fix_effects(measured),
            wide=True,
        )


def _cut(measured: Sequence[Mapping[str, Any]]) -> str:
    """A sentence on intervals that are wider than the chart."""
    low, high = charts.bounds(measured)
    wide = [row["fix"] for row in measured if row["drop_low"] < low or row["drop_high"] > high]
    return legible(f" That of {listed(wide)} is wider than the chart.") if wide else ""


def _gradients(study: Gathered) -> Iterator[Figure]:
    layers, order = tables.layer_gradients(study.diagnosis, study.comparison)
    if len(layers):
        yield _figure(
            "layers",
            "Gradient at each layer",
            "Its norm before the first step, from input to output." + _without_gradient(study, layers),
            charts.layer_gradients(layers, order),
        )
    steps = tables.time_gradients(study.diagnosis, study.comparison)
    if len(steps):
        yield _figure(
            "time",
            "Gradient through time",
            "What arrives at the first and the last tenth of the time steps, before the first step."
            + _without_time(study),
            charts.time_gradients(steps),
        )
    if study.diagnosis is not None:
        yield from _norms(study)


def _without_gradient(study: Gathered, layers: pd.DataFrame) -> str:
    """A sentence on the baseline's layers that get nothing at all, which no logarithmic axis can show."""
    measured = (study.diagnosis or {}).get("measured")
    names = [layer["name"] for layer in measured["layers"] if layer["trainable"]] if measured else []
    with_gradient = set(layers.loc[layers["whose"] == BASELINE, "layer"])
    without = [legible(name) for name in names if name not in with_gradient]
    if not without:
        return ""
    where = "at every layer" if len(without) == len(names) else f"at {', '.join(without)}"
    return f" That of the baseline is 0 or not a number {where}."


def _without_time(study: Gathered) -> str:
    """A sentence on ends of the time steps at which nothing arrives, for the same reason."""
    ends = tables.without_time_gradient(study.diagnosis, study.comparison)
    return "".join(f" That of the {whose} is 0 or not a number at the {at}." for whose, at in ends)


def _norms(study: Gathered) -> Iterator[Figure]:
    shown = study.curves[study.curves["whose"] != OTHER]
    if shown["gradient_norm"].notna().any():
        yield _figure(
            "norms",
            "Gradient over the epochs",
            "Norm over all weights, before any clipping.",
            charts.gradient_curves(shown),
        )


def _predictions(study: Gathered) -> Iterator[Figure]:
    comparison = study.comparison
    if comparison is None or not comparison.rows or (comparison.baseline is None and comparison.best is None):
        return
    task, last = study.baseline.task, ""
    if study.baseline.data.target_steps is not None:
        last = " Of each, its last step."
    if task != "regression":
        for number, (title, table) in enumerate(tables.confusions(comparison, task)):
            if task != "multilabel" or number < MOST_OUTPUTS:
                yield _figure(
                    f"confusion-{number}",
                    title if task == "multilabel" else capital(title),
                    f"Test rows by their true class (down) and the predicted one (across).{last}",
                    charts.confusion(table, title),
                )
        return
    for number, (name, table) in enumerate(tables.predictions(comparison)[:MOST_OUTPUTS]):
        name = legible(name)
        if comparison.in_order:
            told = f"Test rows in their order.{last}"
            yield _figure(f"forecast-{number}", name, told, charts.forecast(table), wide=True)
        yield _figure(
            f"scatter-{number}",
            f"{name}: prediction over truth",
            f"On the dashed line, predictions are right.{last}",
            charts.scatter(table),
        )


def _space(study: Gathered) -> Iterator[Figure]:
    space = tables.search_space(study.rows, study.columns, study.verdict["effects"])
    if len(space.lines) > space.axes > 1:  # more than one trial
        left_out = f" {space.left_out} more that varied are not shown." if space.left_out else ""
        yield _figure(
            "space",
            "Where the search has been",
            "Each line is a trial, from fix to fix to its skill (cut off at 0 and 1); of those with the same "
            "value the better ones are above." + left_out,
            charts.parallel_coordinates(space.lines, space.labels),
            wide=True,
            columns=space.axes,
        )


def legends(study: Gathered) -> dict[str, list[tuple[str, str, str]]]:
    """What the colours of each section mean: a text, the colour, and `line`, `dashed` or `dot`.

    Args:
        study: what the page shows.
    """
    there = set(study.curves["whose"])
    shown = [(whose, color, "line") for whose, color in TRAININGS.items() if whose in there]
    sides = study.comparison and {BASELINE: study.comparison.baseline, BEST: study.comparison.best}
    compared = [one for one in shown if sides and sides.get(one[0]) is not None]
    chosen = [("ticked trials", CHOSEN, "line")] if study.rows else []
    roles = {row["role"] or "untested" for row in study.verdict["fixes"]}
    return {
        "curves": [*shown, *chosen, ("validation rows", INK, "line"), ("training rows", INK, "dashed")],
        "fixes": [(role, color, "dot") for role, color in ROLES.items() if role in roles],
        "gradients": [one for one in shown if one[0] in _with_gradient(study)],
        "predictions": [("truth", GREY, "line"), *compared] if study.baseline.task == "regression" else [],
        "space": [("learned", GREEN, "line"), ("did not learn", GREY, "line"), *chosen],
    }


def _with_gradient(study: Gathered) -> set[str]:
    """Whose gradients are drawn."""
    layers, _ = tables.layer_gradients(study.diagnosis, study.comparison)
    steps = tables.time_gradients(study.diagnosis, study.comparison)
    norms = study.curves[(study.curves["whose"] != OTHER) & study.curves["gradient_norm"].notna()]
    return {*layers["whose"], *steps["whose"], *norms["whose"]}
