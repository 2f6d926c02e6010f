"""`remedy export`: write a training as a script, and say what is where."""

from __future__ import annotations

from pathlib import Path

from remedy.cli.console import make_console, print_json
from remedy.cli.stderr import tell
from remedy.errors import ConfigError
from remedy.export import Exported, export_training
from remedy.inert import legible
from remedy.results.folder import find_study
from remedy.results.study import Study
from remedy.wording.text import skill_text


def export_study(
    study_name: str, results: Path, out: Path, *, trial: int | None, minimal: bool, json: bool
) -> None:
    """Export a training, and print what was written.

    Raises:
        ConfigError: both a trial and the minimal recipe are asked for.
        RemedyError: as `remedy.export.export_training`.
    """
    if trial is not None and minimal:
        raise ConfigError("--trial and --minimal name two trainings; use one of them")
    study = Study(find_study(study_name, results))
    exported = export_training(study, out, trial=trial, minimal=minimal, tell=tell)
    if json:
        print_json(exported.to_plain())
    else:
        _print(exported)


def _print(exported: Exported) -> None:
    console = make_console()
    lines = [
        f"{exported.folder}: {exported.title}, skill {skill_text(exported.skill, 4)}",
        *(f"  {name}" for name in exported.files),
        *exported.notes,
        f"Train it again with: python {exported.folder / 'train.py'}",
    ]
    for line in lines:
        console.print(legible(line))
