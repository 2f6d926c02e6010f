"""`report.html`: one file that needs nothing else, neither a network nor another file."""

from __future__ import annotations

import functools
import json
import re
from importlib import resources
from pathlib import Path

import jinja2
from markupsafe import Markup

from remedy.inert import legible, legible_lines
from remedy.report import content
from remedy.report.figures import MOST_OUTPUTS, figures, legends
from remedy.report.gather import Gathered, gather
from remedy.results.files import write_text
from remedy.results.folder import StudyFolder
from remedy.wording.cure import capital
from remedy.wording.skills import bounds_text, probe_text, status_text
from remedy.wording.text import RANKING, count_text, duration_text, seconds_text, skill_text, value_text
from remedy.wording.verdict import advice, choice_text, persistence_text, sentence


def write_report(folder: StudyFolder, out: Path | None = None) -> Path:
    """Write the report of a study as a page.

    Args:
        folder: of a study that has a verdict.
        out: the file; without, `report.html` in the folder.

    Returns:
        The file.

    Raises:
        StudyError: there is no verdict yet, a file is damaged, or the report cannot be written.
    """
    path = out or folder.report
    write_text(path, report_html(gather(folder)))
    return path


def report_html(study: Gathered) -> str:
    """The page.

    Args:
        study: what it shows.
    """
    drawn = figures(study)
    specs = {figure.id: figure.spec for found in drawn.values() for figure in found}
    verdict = study.verdict
    name, _, told = sentence(verdict, study.rows, study.baseline, study.diagnosis).partition(": ")
    return _template().render(
        study=study,
        verdict=verdict,
        word=name,
        about=content.about(study),
        probe=probe_text(verdict["learnability"]) if verdict["learnability"] else None,
        told=told,
        persistence=persistence_text(verdict),
        advice=advice(verdict),
        figures=drawn,
        legends=legends(study),
        specs=_inside_script(json.dumps(specs, allow_nan=False)),
        trials=list(content.trials(study)),
        ranking=RANKING,
        choice=choice_text(verdict),
        statuses=sorted({str(row["status"]) for row in study.rows}),
        changes=content.changes(study),
        most_outputs=MOST_OUTPUTS,
        evidence=content.evidence,
        fixes=content.fixes(verdict),
        proven=any(
            row[part] is not None for row in verdict["fixes"] for part in ("alone", "without", "role")
        ),
        undrawn=[row["fix"] for row in verdict["fixes"] if row["role"] and row["drop_low"] is None],
        trials_text=count_text(verdict["cost"]["trials"], "trial"),
        environment=json.dumps(study.environment, indent=1),
        style=_packaged("templates", "report.css"),
        script=_packaged("templates", "report.js"),
        vega=_packaged("static", "vega.js"),
    )


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("remedy.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "capital": capital,
        "skill": skill_text,
        "value": value_text,
        "interval": bounds_text,
        "status": status_text,
        "seconds": seconds_text,
        "legible": legible,
        "breakable": _breakable,
        "lines": legible_lines,
        "duration": duration_text,
    }
    return environment.get_template("report.html")


def _breakable(name: str) -> Markup:
    """A name that may go on in the next line after a dot or an underscore; `join` escapes its parts."""
    return Markup("<wbr>").join(re.split("(?<=[._])", legible(name)))


def _packaged(*parts: str) -> Markup:
    """A file of this package, which needs no escaping."""
    return Markup(resources.files("remedy.report").joinpath(*parts).read_text(encoding="utf-8"))  # noqa: S704


def _inside_script(text: str) -> Markup:
    """JSON that cannot end the element in which it stands, whatever names it holds."""
    escaped = text.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e")
    return Markup(escaped)  # noqa: S704
