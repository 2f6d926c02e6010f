"""`remedy results`: the list of studies and the ranked table of one study."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from remedy.cli.console import make_console, print_json, write
from remedy.cli.formats import Format, to_csv, to_markdown
from remedy.cli.options import results_option
from remedy.cli.rows import Selection
from remedy.cli.trials_view import print_studies, print_trials
from remedy.inert import legible
from remedy.results.folder import StudyFolder, find_study, studies
from remedy.results.trials_file import Row, read_rows
from remedy.wording.text import RANKING

_COLUMNS = ["study", "verdict", "skill", "baseline", "trials", "date"]


def list_trials(study: str, results: Path, selection: Selection, output: Format) -> None:
    """Print the ranked trials of a study."""
    folder = find_study(study, results)
    columns, rows = read_rows(folder.trials)
    shown = selection.apply(columns, rows)
    fine = (folder.read_verdict() or {}).get("verdict") == "already_learning"
    shows = f"remedy show {shlex.quote(study)} baseline{results_option(results)}"
    nothing = f"nothing was searched for, as the baseline is fine: {shows}"
    _print(*shown, output, nothing if fine and not rows else "no trial to show", print_trials)
    if output is Format.TABLE and shown[1] and selection.sort_by is None:
        make_console().print(RANKING, style="dim")


def list_studies(results: Path, selection: Selection, output: Format) -> None:
    """Print a line for every study, the latest first."""
    rows = [_study_row(folder) for folder in studies(results)]
    nothing = f"no studies under {results} yet; 'remedy run FILE' makes one"
    _print(*selection.apply(_COLUMNS, rows), output, nothing, print_studies)


def _print(
    columns: list[str], rows: list[Row], output: Format, nothing: str, show: Callable[..., None]
) -> None:
    match output:
        case Format.JSON:
            print_json(rows)
        case Format.CSV:
            write(to_csv(columns, rows))
        case Format.MD:
            write(to_markdown(columns, rows))
        case Format.TABLE if rows:
            show(make_console(), columns, rows)
        case Format.TABLE:
            write(legible(nothing))


def _study_row(folder: StudyFolder) -> Row:
    verdict = folder.read_verdict()
    written = folder.verdict if verdict else folder.experiment
    return {
        "study": folder.path.name,
        "verdict": verdict["verdict"] if verdict else "unfinished",
        "skill": _best_skill(folder, verdict),
        "baseline": verdict["baseline"]["skill"] if verdict else None,
        "trials": len(_rows(folder)),
        "date": datetime.fromtimestamp(written.stat().st_mtime).astimezone().isoformat(" ", "minutes")[:16],
    }


def _best_skill(folder: StudyFolder, verdict: dict[str, Any] | None) -> Any:
    """The skill that was confirmed, else that of the highest ranked trial."""
    if verdict and verdict["best"]:
        return verdict["best"]["skill"]
    return next((row["skill"] for row in _rows(folder)), None)


def _rows(folder: StudyFolder) -> list[Row]:
    return read_rows(folder.trials)[1] if folder.trials.exists() else []
