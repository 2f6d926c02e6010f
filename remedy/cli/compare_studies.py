"""`remedy compare`: the verdicts of several studies, a row for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from remedy.cli.comparison_view import print_comparison
from remedy.cli.console import make_console, print_json, write
from remedy.cli.formats import Format, to_csv, to_markdown
from remedy.results.folder import StudyFolder, find_study
from remedy.results.trials_file import Row, read_rows, recipe_of
from remedy.wording.text import recipe_text

_RESULT = ("recipe", "skill", "skill_low", "skill_high", "seeds", "learning", "test_skill")
_COLUMNS = [
    *("study", "verdict", "baseline_status", "baseline_skill", "baseline_test_skill"),
    *(f"best_{key}" for key in _RESULT),
    *(f"minimal_{key}" for key in _RESULT if key != "test_skill"),
    *("trials", "seconds", "first_unstuck_seconds", "epochs_saved"),
]


def compare_studies(names: Sequence[str], results: Path, output: Format) -> None:
    """Print the verdicts; a study without one shows its best trial so far, which is not confirmed.

    Args:
        names: of studies, or their folders.
        results: the folder that holds the studies.
        output: how.

    Raises:
        StudyError: there is no such study, or its files are damaged.
    """
    folders = [find_study(name, results) for name in names]
    rows = [
        {"study": name, **_verdict(folder)} for name, folder in zip(_titles(folders), folders, strict=True)
    ]
    match output:
        case Format.JSON:
            print_json(rows)
        case Format.CSV:
            write(to_csv(_COLUMNS, list(map(_flat, rows))))
        case Format.MD:
            write(to_markdown(_COLUMNS, list(map(_flat, rows))))
        case Format.TABLE:
            print_comparison(make_console(), rows, same_data=_have_same_data(folders))


def _titles(folders: Sequence[StudyFolder]) -> list[str]:
    """The names of studies, with their folders where that is needed to tell them apart."""
    names = Counter(folder.path.resolve().name for folder in folders)
    return [str(folder.path) if names[name := folder.path.resolve().name] > 1 else name for folder in folders]


def _verdict(folder: StudyFolder) -> dict[str, Any]:
    verdict = folder.read_verdict()
    if verdict is None:
        return _unfinished(folder)
    cost = verdict["cost"]
    return {
        "verdict": verdict["verdict"],
        **{f"baseline_{key}": verdict["baseline"][key] for key in ("status", "skill", "test_skill")},
        **_result("best", verdict["best"]),
        **_result("minimal", verdict["minimal"]),
        **{key: cost.get(key) for key in ("trials", "seconds", "first_unstuck_seconds", "epochs_saved")},
    }


def _unfinished(folder: StudyFolder) -> dict[str, Any]:
    rows = read_rows(folder.trials)[1] if folder.trials.exists() else []
    best = {"recipe": recipe_of(rows[0]), "skill": rows[0]["skill"]} if rows else None
    nothing: dict[str, Any] = dict.fromkeys(_COLUMNS[1:])
    return nothing | _result("best", best) | {"verdict": "unfinished", "trials": len(rows)}


def _result(name: str, result: Mapping[str, Any] | None) -> dict[str, Any]:
    values = {f"{name}_{key}": (result or {}).get(key) for key in _RESULT}
    return {column: value for column, value in values.items() if column in _COLUMNS}


def _flat(row: Mapping[str, Any]) -> Row:
    recipes = {
        column: recipe_text(row[column])
        for column in ("best_recipe", "minimal_recipe")
        if row[column] is not None
    }
    return {column: row[column] for column in _COLUMNS} | recipes


def _have_same_data(folders: Sequence[StudyFolder]) -> bool:
    """Whether no two studies are known to have been run on different data."""
    return len({folder.digest("data") for folder in folders} - {None}) < 2
