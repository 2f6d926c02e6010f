"""`report.html`: one file that needs nothing else, neither a network nor another file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from remedy.errors import RemedyError
from remedy.fixes import apply_recipe
from remedy.inert import legible, legible_lines
from remedy.json_data import json_data
from remedy.plan import diff
from remedy.report import charts, tables
from remedy.report.gather import BASELINE, BEST, Gathered, gather
from remedy.results.files import write_text
from remedy.results.folder import StudyFolder
from remedy.results.trials_file import recipe_of
from remedy.wording.text import count_text, duration_text, recipe_text, skill_text, value_text
from remedy.wording.verdict import advice, persistence_text, sentence

_MOST_OUTPUTS = 4


@dataclass(frozen=True)
class Figure:
    """A chart and what is said of it.

    Attributes:
        id: of the element that holds it.
        caption: what is to be seen.
        spec: in Vega-Lite.
    """

    id: str
    caption: str
    spec: Mapping[str, Any]


def write_report(folder: StudyFolder) -> Path:
    """Write `report.html` of a study.

    Args:
        folder: of a study that has a verdict.

    Returns:
        The file.

    Raises:
        StudyError: there is no verdict yet, a file is damaged, or the report cannot be written.
    """
    write_text(folder.report, report_html(gather(folder)))
    return folder.report


def report_html(study: Gathered) -> str:
    """The page.

    Args:
        study: what it shows.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("remedy.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "skill": skill_text,
        "value": value_text,
        "legible": legible,
        "lines": legible_lines,
        "recipe": recipe_text,
        "duration": duration_text,
    }
    figures = {name: list(found) for name, found in _figures(study).items()}
    specs = {figure.id: figure.spec for found in figures.values() for figure in found}
    verdict = study.verdict
    name, _, told = sentence(verdict, study.rows, study.baseline).partition(": ")
    best = verdict["best"]
    return environment.get_template("report.html").render(
        study=study,
        verdict=verdict,
        word=name,
        told=told,
        persistence=persistence_text(best["metrics"]) if best else None,
        advice=advice(verdict) if verdict["verdict"] == "still_stuck" else None,
        figures=figures,
        specs=_inside_script(json.dumps(specs, allow_nan=False)),
        trials=list(_trials(study)),
        statuses=sorted({str(row["status"]) for row in study.rows}),
        changes=_changes(study),
        most_outputs=_MOST_OUTPUTS,
        through_time=tables.time_gradients(study.diagnosis, study.comparison),
        evidence=_evidence,
        baseline_label=BASELINE,
        best_label=BEST,
        trials_text=count_text(verdict["cost"]["trials"], "trial"),
        environment=json.dumps(study.environment, indent=1),
        style=_packaged("templates", "report.css"),
        script=_packaged("templates", "report.js"),
        vega=_packaged("static", "vega.js"),
    )


def _packaged(*parts: str) -> Markup:
    """A file of this package, which needs no escaping."""
    return Markup(resources.files("remedy.report").joinpath(*parts).read_text(encoding="utf-8"))  # noqa: S704


def _inside_script(text: str) -> Markup:
    """JSON that cannot end the element in which it stands, whatever names it holds."""
    escaped = text.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e")
    return Markup(escaped)  # noqa: S704


def _figures(study: Gathered) -> dict[str, Iterator[Figure]]:
    return {
        "curves": _curve_figures(study),
        "fixes": _fix_figures(study),
        "gradients": _gradient_figures(study),
        "predictions": _prediction_figures(study),
        "space": _space_figures(study),
    }


def _figure(name: str, caption: str, chart: charts.Chart) -> Figure:
    return Figure(f"chart-{name}", caption, json_data(chart.to_dict()))


def _curve_figures(study: Gathered) -> Iterator[Figure]:
    if study.curves.empty:
        return
    yield _figure(
        "skill",
        "Skill on validation rows (solid) and training rows (dashed) over the epochs; the other trials of "
        "the search are faint. 1 is perfect, 0 no better than the best constant; what lies below -1 is drawn "
        "there.",
        charts.learning_curves(study.curves),
    )
    if (study.curves["whose"] != "other trials").any():
        yield _figure(
            "loss",
            "The loss as Keras reports it. Losses of trainings with another scaling of y or another loss "
            "function cannot be compared with each other; their course can.",
            charts.loss_curves(study.curves),
        )


def _fix_figures(study: Gathered) -> Iterator[Figure]:
    measured = [
        row for row in study.verdict["fixes"] if row["drop"] is not None and row["drop_low"] is not None
    ]
    if measured:
        yield _figure(
            "fixes",
            "Skill that is lost when a fix is left out of the best recipe; the intervals of all fixes hold "
            "together with 95 %.",
            charts.fix_effects(measured),
        )


def _gradient_figures(study: Gathered) -> Iterator[Figure]:
    layers = tables.layer_gradients(study.diagnosis, study.comparison)
    if not layers.empty:
        yield _figure(
            "gradients",
            "Norm of the gradient that reaches each layer before the first step, from input to output.",
            charts.gradients(layers),
        )


def _prediction_figures(study: Gathered) -> Iterator[Figure]:
    comparison = study.comparison
    if comparison is None or not comparison.rows or (comparison.baseline is None and comparison.best is None):
        return
    task = study.baseline.task
    if task != "regression":
        for number, (whose, table) in enumerate(tables.confusions(comparison, task)):
            yield _figure(
                f"confusion-{number}",
                f"Test rows: what the {whose} takes each class for.",
                charts.confusion(table, whose),
            )
        return
    for number, (name, table) in enumerate(tables.predictions(comparison)[:_MOST_OUTPUTS]):
        name = legible(name)
        if comparison.in_order:
            yield _figure(
                f"forecast-{number}", f"{name} on the test rows, in their order.", charts.forecast(table)
            )
        yield _figure(
            f"scatter-{number}",
            f"{name}: predictions over the truth; on the dashed line they are right.",
            charts.scatter(table),
        )


def _space_figures(study: Gathered) -> Iterator[Figure]:
    table, axes = tables.search_space(study.rows, study.columns)
    if len(table) > 1 and len(axes) > 1:
        yield _figure(
            "space",
            "Every trial as a line from fix to fix: off is at the bottom, larger numbers are higher, skill "
            "is cut off at 0 and 1.",
            charts.parallel_coordinates(table, axes),
        )


def _trials(study: Gathered) -> Iterator[dict[str, Any]]:
    for row in study.rows:
        yield dict(row) | {"recipe": recipe_text(recipe_of(row)) or "the baseline as it is"}


def _changes(study: Gathered) -> list[dict[str, Any]]:
    """What best and smallest recipe change in the baseline's plan, as far as that is still known."""
    verdict = study.verdict
    shown: list[dict[str, Any]] = []
    for title, result in (("smallest recipe", verdict["minimal"]), ("best recipe", verdict["best"])):
        if result is None or any(result["recipe"] == other["recipe"] for other in shown):
            continue
        try:
            changes = diff(study.baseline, apply_recipe(study.baseline, result["recipe"]))
        except RemedyError:
            continue
        shown.append({"title": title, "recipe": result["recipe"], "changes": changes})
    return shown


def _evidence(measured: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Rows of a finding's evidence: what, where, value, threshold."""
    for what, one in measured.items():
        bounds = one.get("threshold")
        if isinstance(bounds, list):
            limit = f"{_number_text(bounds[0])} to {_number_text(bounds[1])}"
        else:
            limit = "" if bounds is None else _number_text(bounds)
        yield what, one.get("at") or "", _number_text(one["value"]), limit


def _number_text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
