"""`trials.csv`, written and read; reading needs neither Optuna nor TensorFlow."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from remedy.errors import StudyError
from remedy.results.files import write_text

FIXED_COLUMNS = ["rank", "trial", "status", "skill", "train_skill", "epochs", "seconds", "seed"]
"""The columns that every study has; those of the fixes follow."""


def write_trials(path: Path, table: pd.DataFrame) -> None:
    """Write the table atomically."""
    write_text(path, table.to_csv(index=False, lineterminator="\n"))


def read_trials(path: Path) -> pd.DataFrame:
    """Read a table that `write_trials` wrote.

    Raises:
        StudyError: no trial of the study has finished yet, or the file is not such a table.
    """
    try:
        table = pd.read_csv(path)
    except FileNotFoundError:
        raise StudyError(f"{path}: no trial has finished yet; remedy run goes on with the study") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise StudyError(f"{path}: is not a table of trials ({error})") from error
    missing = [column for column in FIXED_COLUMNS if column not in table]
    if missing:
        raise StudyError(f"{path}: is not a table of trials (column {missing[0]} is missing)")
    return table
