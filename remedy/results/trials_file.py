"""`trials.csv`, written and read; reading needs neither Optuna nor TensorFlow, nor pandas if rows will do."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remedy.errors import StudyError
from remedy.inert import original_text, spreadsheet_text
from remedy.results.files import write_text

if TYPE_CHECKING:
    import pandas as pd

Cell = int | float | str | None
Row = dict[str, Cell]

FIXED_COLUMNS = ["rank", "trial", "status", "skill", "train_skill", "epochs", "seconds", "seed"]
"""The columns that every study has; those of the fixes follow."""

_OF_A_FIX = " (fix)"


def fix_column(name: str) -> str:
    """The column of a fix: its name, which for `epochs` is that of a column already."""
    return f"{name}{_OF_A_FIX}" if name in FIXED_COLUMNS else name


def fix_name(column: str) -> str:
    """The name of the fix that a column is about."""
    return column.removesuffix(_OF_A_FIX)


def write_trials(path: Path, table: pd.DataFrame) -> None:
    """Write the table atomically; `spreadsheet_text` has made text harmless, and reading gives it back."""
    inert = table.rename(columns=spreadsheet_text).map(spreadsheet_cell)
    write_text(path, inert.to_csv(index=False, lineterminator="\n"))


def spreadsheet_cell(cell: Any) -> Any:
    """A cell as it stands in CSV files; numbers stay what they are, also negative ones.

    >>> spreadsheet_cell(-1), spreadsheet_cell("-1")
    (-1, "'-1")
    """
    return spreadsheet_text(cell) if isinstance(cell, str) else cell


def read_trials(path: Path) -> pd.DataFrame:
    """Read a table that `write_trials` wrote.

    Raises:
        StudyError: no trial of the study has finished yet, or the file is not such a table.
    """
    import pandas as pd

    try:
        table = pd.read_csv(path)
    except FileNotFoundError:
        raise _no_trials(path) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise StudyError(
            f"{path}: is not a table of trials ({error}); delete it, and remedy run writes it again"
        ) from error
    table = table.rename(columns=original_text).map(_original)
    _check_columns(path, [str(column) for column in table.columns])
    return table


def read_rows(path: Path) -> tuple[list[str], list[Row]]:
    """Read the same table without loading pandas, which takes longer than everything else about a small one.

    Returns:
        The columns, and a row per trial; an empty cell or a figure that is not finite is `None`.

    Raises:
        StudyError: no trial of the study has finished yet, or the file is not such a table.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            names = {column: original_text(column) for column in reader.fieldnames or []}
            rows = [{name: _cell(row[column]) for column, name in names.items()} for row in reader]
    except FileNotFoundError:
        raise _no_trials(path) from None
    except (csv.Error, UnicodeDecodeError, OSError) as error:
        raise StudyError(
            f"{path}: is not a table of trials ({error}); delete it, and remedy run writes it again"
        ) from error
    columns = list(names.values())
    _check_columns(path, columns)
    return columns, rows


def recipe_of(row: Row) -> dict[str, Any]:
    """The recipe in a row of `trials.csv`: the fixes that are on, dotted names put together again.

    >>> recipe_of({"trial": 3, "depth": None, "clipnorm": 1.0, "plateau.factor": 0.1, "plateau.patience": 5})
    {'clipnorm': 1.0, 'plateau': {'factor': 0.1, 'patience': 5}}
    """
    recipe: dict[str, Any] = {}
    for column, cell in row.items():
        if column in FIXED_COLUMNS or cell is None:
            continue
        *outer, name = fix_name(column).split(".")
        place = recipe
        for part in outer:
            place = place.setdefault(part, {})
        place[name] = True if cell == "on" else cell
    return recipe


def _cell(text: str | None) -> Cell:
    for kind in (int, float):
        try:
            number = kind(text or "")
        except ValueError:
            continue
        return number if math.isfinite(number) else None
    return original_text(text) if text else None


def _original(cell: Any) -> Any:
    return original_text(cell) if isinstance(cell, str) else cell


def _no_trials(path: Path) -> StudyError:
    return StudyError(f"{path}: no trial has finished yet; remedy run goes on with the study")


def _check_columns(path: Path, columns: list[str]) -> None:
    missing = [column for column in FIXED_COLUMNS if column not in columns]
    if missing:
        raise StudyError(
            f"{path}: is not a table of trials (column {missing[0]} is missing); "
            "delete it, and remedy run writes it again"
        )
