"""A study in which every text that could come from outside would do harm on a page that believed it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from remedy.inert import legible
from remedy.results.folder import StudyFolder
from remedy.results.trials_file import read_rows, spreadsheet_cell
from tests.report.conftest import HOSTILE

TEXTS = (
    HOSTILE,
    "\"'><svg onload=window.owned=1>",
    "<img src=x onerror=window.owned=1>",
    "[here](javascript:window.owned=1) ![x](https://example.org/x.png)",
    "';window.owned=1;//\u2028${window.owned=1}",
)
_KEPT = {"severity", "name", "status", "verdict", "role", "role_in_minimal", "without_status", "probe", "fix"}
"""Words of remedy's own that the report relies on."""


def hostile_copy(study: StudyFolder, to: Path) -> StudyFolder:
    """A copy of a finished study with such texts in place of its own.

    Args:
        study: to copy.
        to: the new folder.
    """
    shutil.copytree(study.path, to)
    copy = StudyFolder(to)
    for path in (copy.diagnosis, copy.comparison, copy.environment):
        path.write_text(json.dumps(_poisoned(json.loads(path.read_text()))), encoding="utf-8")
    columns, rows = read_rows(copy.trials)
    lines = [",".join(_quoted(column) for column in columns)]
    for row in rows:
        hostile = {column: TEXTS[0] for column, cell in row.items() if isinstance(cell, str)}
        shown = row | hostile | {"status": row["status"]}
        lines.append(",".join(_quoted(shown[column]) for column in columns))
    copy.trials.write_text("\n".join(lines) + "\n", encoding="utf-8")
    comments = "".join(f"# {legible(text)}\n" for text in TEXTS)
    for path in (copy.best / "train.py", copy.experiment):
        path.write_text(path.read_text() + comments, encoding="utf-8")
    return copy


def _quoted(cell: Any) -> str:
    text = "" if cell is None else str(spreadsheet_cell(cell))
    return '"' + text.replace('"', '""') + '"'


def _poisoned(value: Any, key: str = "", depth: int = 0) -> Any:
    if isinstance(value, dict):
        return {name: _poisoned(inner, name, depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [_poisoned(inner, key, depth + number) for number, inner in enumerate(value)]
    if isinstance(value, str) and key not in _KEPT:
        return TEXTS[(depth + len(key)) % len(TEXTS)]
    return value
