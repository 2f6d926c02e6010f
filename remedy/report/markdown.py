"""`report.md`: a study for an issue, a wiki or a lab book."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from remedy.inert import markdown_text
from remedy.report import content
from remedy.report.gather import BASELINE, BEST, MINIMAL, Gathered, gather
from remedy.results.files import write_text
from remedy.results.folder import StudyFolder
from remedy.wording.cure import capital
from remedy.wording.markdown import fenced, markdown_table
from remedy.wording.skills import probe_text, status_text
from remedy.wording.text import (
    ABSENT,
    RANKING,
    count_text,
    duration_text,
    recipe_text,
    seconds_text,
    skill_text,
    value_text,
)
from remedy.wording.verdict import advice, choice_text, persistence_text, sentence

_TRIAL_COLUMNS = ("rank", "trial", "status", "skill", "train_skill", "epochs", "seconds", "recipe")
_FIX_FIGURES = ("alone", "without", "drop", "interval", "learned with", "learned without")


def write_markdown(folder: StudyFolder, out: Path | None = None) -> Path:
    """Write the report of a study in Markdown.

    Args:
        folder: of a study that has a verdict.
        out: the file; without, `report.md` in the folder.

    Returns:
        The file.

    Raises:
        StudyError: there is no verdict yet, a file is damaged, or the report cannot be written.
    """
    path = out or folder.markdown
    write_text(path, report_markdown(gather(folder)))
    return path


def report_markdown(study: Gathered) -> str:
    """The report as GitHub's Markdown.

    Args:
        study: what it shows.
    """
    parts = [*_verdict(study), *_fixes(study), *_diagnosis(study), *_trials(study), *_run(study)]
    return "\n\n".join(parts) + "\n"


def _verdict(study: Gathered) -> Iterator[str]:
    verdict = study.verdict
    name, _, told = sentence(verdict, study.rows, study.baseline, study.diagnosis).partition(": ")
    yield f"# {markdown_text(study.name)}: {name}"
    yield markdown_text(told)
    if text := persistence_text(verdict):
        yield f"{text[0].upper()}{text[1:]}."
    if text := advice(verdict):
        yield markdown_text(text)
    lines = [_result(BASELINE, verdict["baseline"], status_text(verdict["baseline"]))]
    if verdict["best"] is not None:
        lines.append(_result(BEST, verdict["best"], recipe_text(verdict["best"]["recipe"])))
    if verdict["minimal"] is not None:
        lines.append(_result(MINIMAL, verdict["minimal"], recipe_text(verdict["minimal"]["recipe"])))
    if (probe := verdict["learnability"]) is not None:
        lines.append(_result("best simple model", probe, probe_text(probe)))
    figures = ("skill", "interval", "test skill")
    yield markdown_table(("training", *figures, "what it is"), lines, figures)
    yield (
        "Skill is the share of deviance that is explained on validation rows, in the target's own units: "
        "1 is perfect, 0 is no better than the best constant."
    )


def _result(name: str, result: Mapping[str, Any], what: str) -> list[str]:
    interval = _interval(result.get("skill_low"), result.get("skill_high"))
    return [name, skill_text(result["skill"]), interval, skill_text(result.get("test_skill")), what]


def _fixes(study: Gathered) -> Iterator[str]:
    rows = content.fixes(study.verdict)
    if not rows:
        return
    yield "## Which fixes matter"
    yield markdown_table(("fix", "value", "role", *_FIX_FIGURES), map(_fix, rows), _FIX_FIGURES)
    yield (
        "alone: skill of the baseline with this fix only. without: of the best recipe without it. needed: "
        "most seeds are stuck without it. learned: trials of the search with the fix and without; "
        "association, not cause."
    )
    for shown in content.changes(study):
        yield f"What the {shown['title']} changes:"
        changes = [[one.path, value_text(one.before), value_text(one.after)] for one in shown["changes"]]
        yield markdown_table(("changed", "baseline", shown["title"]), changes)


def _fix(row: Mapping[str, Any]) -> list[str]:
    role = row["role"] or "not tested"
    if row["in_minimal"]:
        role += f" (smallest recipe{': ' + row['there'] if row['there'] else ''})"
    effect = row["effect"]
    learned = [
        f"{effect[f'learned_{side}']} of {effect[f'trials_{side}']}" if effect else ABSENT
        for side in ("with", "without")
    ]
    return [
        row["fix"],
        value_text(row["value"]),
        role,
        *(skill_text(row[column]) for column in ("alone", "without", "drop")),
        _interval(row["drop_low"], row["drop_high"]),
        *learned,
    ]


def _diagnosis(study: Gathered) -> Iterator[str]:
    if study.diagnosis is None:
        return
    yield "## Diagnosis"
    yield markdown_text(study.diagnosis["sentence"])
    for finding in study.diagnosis["symptoms"]:
        advised = f" {finding['advice']}" if finding["advice"] else ""
        yield f"**{finding['severity']}**: {markdown_text(finding['cause'])}"
        yield markdown_text(finding["explanation"] + advised)
        if finding["evidence"]:
            evidence = content.evidence(finding["evidence"])
            yield markdown_table(("measured", "at", "value", "threshold"), evidence, ("value", "threshold"))


def _trials(study: Gathered) -> Iterator[str]:
    if study.rows:
        yield "## Trials"
        figures = set(_TRIAL_COLUMNS) - {"status", "recipe"}
        yield markdown_table(_TRIAL_COLUMNS, map(_trial, content.trials(study)), figures)
        yield f"{capital(RANKING)}."
        if text := choice_text(study.verdict):
            yield f"{capital(text)}."


def _trial(row: Mapping[str, Any]) -> list[str]:
    cells = [value_text(row[column]) for column in _TRIAL_COLUMNS]
    for column in ("skill", "train_skill"):
        cells[_TRIAL_COLUMNS.index(column)] = skill_text(row[column])
    cells[_TRIAL_COLUMNS.index("seconds")] = seconds_text(row["seconds"])
    return cells


def _run(study: Gathered) -> Iterator[str]:
    cost = study.verdict["cost"]
    trainings = ", ".join(f"{count} {phase}" for phase, count in cost["trainings"].items() if count)
    facts = [
        content.about(study),
        f"{duration_text(cost['seconds'])} of training; trainings: {trainings}",
        f"one baseline training: {duration_text(cost['baseline_seconds'])}",
    ]
    if cost["first_unstuck_seconds"] is not None:
        facts.append(f"first trial that learned: after {duration_text(cost['first_unstuck_seconds'])}")
    if cost["trials"]:
        saved = round(100 * cost.get("epochs_saved", 0))
        facts.append(f"early stopping saved {saved} % of the epochs of {count_text(cost['trials'], 'trial')}")
    versions = ", ".join(f"{name} {version}" for name, version in study.environment["versions"].items())
    facts.append(versions)
    yield "## What was run"
    yield "\n".join(f"- {markdown_text(fact)}" for fact in facts)
    yield fenced(study.experiment, "yaml")


def _interval(low: float | None, high: float | None) -> str:
    return ABSENT if low is None or high is None else f"{skill_text(low)} to {skill_text(high)}"
