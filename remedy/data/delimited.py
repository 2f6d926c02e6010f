"""Reading a delimited text file into a table that knows its lines."""

from __future__ import annotations

import csv
import functools
import hashlib
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from remedy.data.dialect import (
    USUAL_DELIMITERS,
    dialect_note,
    find_delimiter,
    most_hold_decimal_commas,
    records,
)
from remedy.data.table import Table
from remedy.data.wording import quoted
from remedy.errors import DataError

# Before pandas 3.1 the default is off by a bit for some numbers; since then asking for it warns.
_EXACT: dict[str, Any] = (
    {"float_precision": "round_trip"} if re.match(r"(?:[012]|3\.0)\.", pd.__version__) else {}
)
_EXCEL_LINE = re.compile(r"sep=.\n")


def read_delimited(path: Path, content: bytes) -> Table:
    """Read a UTF-8 text file whose first line names the columns.

    Args:
        path: the file, for messages; its ending says what usually separates the cells.
        content: its bytes.

    Returns:
        The table. Empty lines at the end are ignored; anywhere else they are errors, since they may be gaps.

    Raises:
        DataError: the file is not a table; one line that says where and what to do.
    """
    text = _decode(content, path)
    if _EXCEL_LINE.match(text):
        raise DataError(f"{path.name} begins with a line for Excel ({text[:5]!r}); remove that line")
    usual = USUAL_DELIMITERS[path.suffix.lower()]
    delimiter = find_delimiter(text, usual)
    header = _check_head(text, delimiter, path.name)
    frame, decimal = _parse(text, delimiter, path.name)
    frame.columns = pd.Index(header)
    note = dialect_note(path.name, delimiter, usual, decimal)
    return Table(
        path.name,
        frame,
        hashlib.sha256(content).hexdigest(),
        functools.partial(_line_of, text, delimiter),
        (note,) if note else (),
    )


def _line_of(text: str, delimiter: str, row: int) -> int:
    for index, (line, _) in enumerate(records(text, delimiter)):
        if index == row + 1:
            return line
    raise IndexError(row)


def _decode(content: bytes, path: Path) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(f"{path.name} is not UTF-8 text (line {line}); save it as UTF-8") from error
    text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    if not text.strip():
        raise DataError(f"{path} is empty; it needs a header line and data rows")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(
            f"{path.name} holds a NUL character (line {line}), so it is no text file; export it again"
        )
    return text


def _check_head(text: str, delimiter: str, name: str) -> list[str]:
    """The column names, once the header and the first data row are known to fit each other."""
    rows = records(text, delimiter)
    try:
        _, header = next(rows)
        line, first = next(rows, (0, None))
    except csv.Error as error:
        raise DataError(
            f"{name} cannot be read as a table: {error}; mend the line or export it again"
        ) from error
    if first is None:
        raise DataError(f"{name} has a header line but no data rows")
    repeated = sorted({column for column in header if column and header.count(column) > 1})
    if repeated:
        raise DataError(f"{name} has two columns named {quoted(repeated[0])} (line 1); rename one of them")
    if len(first) != len(header):
        raise _ragged(name, line, len(first), len(header))
    return [column or f"Unnamed: {position}" for position, column in enumerate(header)]


def _parse(text: str, delimiter: str, name: str) -> tuple[pd.DataFrame, str]:
    """The cells, and the decimal mark: a comma if that turns text into numbers and no number into text."""
    frame = _read(text, delimiter, ".", name)
    if frame.iloc[:, -1].isna().any():
        _check_width(text, delimiter, name)
    numeric = _numeric(frame)
    texts = [column for column in frame.columns[~numeric] if most_hold_decimal_commas(frame[column])]
    if delimiter == "," or not texts:
        return frame, "."
    with_comma = _read(text, delimiter, ",", name)
    if (numeric & ~_numeric(with_comma)).any():
        return frame, "."
    for column in texts:
        if with_comma[column].dtype == frame[column].dtype:  # some cell is no number; the others are
            with_comma[column] = with_comma[column].str.replace(",", ".")
    return with_comma, ","


def _read(text: str, delimiter: str, decimal: str, name: str) -> pd.DataFrame:
    try:
        frame: pd.DataFrame = pd.read_csv(
            io.StringIO(text),
            sep=delimiter,
            decimal=decimal,
            low_memory=False,
            skip_blank_lines=False,
            **_EXACT,
        )
        return frame
    except pd.errors.ParserError as error:
        _check_width(text, delimiter, name)
        reason = str(error).strip().removeprefix("Error tokenizing data. C error: ")
        raise DataError(
            f"{name} cannot be read as a table: {reason}; mend the line or export it again"
        ) from error


def _numeric(frame: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.array([pd.api.types.is_numeric_dtype(dtype) for dtype in frame.dtypes])


def _check_width(text: str, delimiter: str, name: str) -> None:
    """Complain about the first row with too few or too many cells; pandas fills short ones with NaN."""
    try:
        rows = records(text, delimiter)
        width = len(next(rows)[1])
        for line, cells in rows:
            if not cells:
                raise DataError(f"{name}: line {line} is empty; remove it, or fill in the missing row")
            if len(cells) != width:
                raise _ragged(name, line, len(cells), width)
    except csv.Error as error:
        raise DataError(
            f"{name} cannot be read as a table: {error}; mend the line or export it again"
        ) from error


def _ragged(name: str, line: int, found: int, expected: int) -> DataError:
    return DataError(
        f"{name}: line {line} has {found} cells where the header has {expected}; "
        "mend the line (a delimiter too many or missing, or a quote that is not closed)"
    )
