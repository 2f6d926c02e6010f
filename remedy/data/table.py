"""Reading a delimited text file into a table whose every complaint names the file and the line."""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from remedy.data.wording import quoted
from remedy.errors import DataError

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_LISTED_COLUMNS = 20


@dataclass(frozen=True)
class Table:
    """A source file's rows and columns, as pandas types them.

    Attributes:
        name: the file's name, for messages.
        frame: one row per data row of the file, in file order.
        text: the file's text, its line ends normalised.
        delimiter: what separates two cells.
        fingerprint: SHA-256 of the file's bytes.
    """

    name: str
    frame: pd.DataFrame
    text: str
    delimiter: str
    fingerprint: str

    def __len__(self) -> int:
        return len(self.frame)

    def line(self, row: int) -> int:
        """The line of the file (the header is line 1) on which a data row (the first is 0) starts."""
        for index, (line, _) in enumerate(_records(self.text, self.delimiter)):
            if index == row + 1:
                return line
        raise IndexError(row)

    def named(self, column: str) -> str:
        """How a message names a column."""
        return f"column {quoted(column)} of {self.name}"

    def cell(self, column: str, row: int) -> str:
        """How a message shows a cell."""
        return f"line {self.line(row)} holds {quoted(self.frame[column].iloc[row])}"

    def require(self, columns: Sequence[str], key: str) -> None:
        """Check that columns exist.

        Args:
            columns: the names.
            key: the key of the experiment file that names them.

        Raises:
            DataError: one does not; the message offers the nearest name and lists the columns.
        """
        existing = [str(column) for column in self.frame.columns]
        for column in columns:
            if column not in existing:
                raise DataError(
                    f"{key}: {self.name} has no column {quoted(column)}{_instead(column, existing)}"
                )


def read_table(path: Path) -> Table:
    """Read a `.csv` (comma) or `.tsv` (tab) file, UTF-8, whose first line names the columns.

    Args:
        path: the file.

    Returns:
        The table. Empty lines at the end are ignored; anywhere else they are errors, since they may be gaps.

    Raises:
        DataError: the file is missing, unreadable or not a table; one line that says where and what to do.
    """
    content = _read_bytes(path)
    delimiter = _DELIMITERS[path.suffix.lower()]
    text = _decode(content, path)
    header = _check_head(text, delimiter, path.name)
    frame = _parse(text, delimiter, path.name)
    frame.columns = pd.Index(header)
    return Table(path.name, frame, text, delimiter, hashlib.sha256(content).hexdigest())


def _read_bytes(path: Path) -> bytes:
    if path.is_dir():
        raise DataError(f"{path} is a directory; name a file in data.source")
    if path.suffix.lower() not in _DELIMITERS:
        raise DataError(
            f"{path}: unsupported file ending '{path.suffix}'; this version reads {' and '.join(_DELIMITERS)}"
        )
    if not path.exists():
        siblings = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
        nearest = difflib.get_close_matches(path.name, siblings, n=1)
        hint = f"did you mean {nearest[0]}?" if nearest else "check data.source"
        raise DataError(f"{path} does not exist; {hint}")
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error


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
    records = _records(text, delimiter)
    try:
        _, header = next(records)
        line, first = next(records, (0, None))
    except csv.Error as error:
        raise DataError(f"{name} cannot be read as a table: {error}") from error
    if first is None:
        raise DataError(f"{name} has a header line but no data rows")
    repeated = sorted({column for column in header if column and header.count(column) > 1})
    if repeated:
        raise DataError(f"{name} has two columns named {quoted(repeated[0])} (line 1); rename one of them")
    if len(first) != len(header):
        raise _ragged(name, line, len(first), len(header))
    return [column or f"Unnamed: {position}" for position, column in enumerate(header)]


def _parse(text: str, delimiter: str, name: str) -> pd.DataFrame:
    try:
        frame = pd.read_csv(io.StringIO(text), sep=delimiter, low_memory=False, skip_blank_lines=False)
    except pd.errors.ParserError as error:
        _check_width(text, delimiter, name)
        reason = str(error).strip().removeprefix("Error tokenizing data. C error: ")
        raise DataError(f"{name} cannot be read as a table: {reason}") from error
    if frame.iloc[:, -1].isna().any():
        _check_width(text, delimiter, name)
    return frame


def _check_width(text: str, delimiter: str, name: str) -> None:
    """Complain about the first row with too few or too many cells; pandas fills short ones with NaN."""
    try:
        records = _records(text, delimiter)
        width = len(next(records)[1])
        for line, cells in records:
            if not cells:
                raise DataError(f"{name}: line {line} is empty; remove it, or fill in the missing row")
            if len(cells) != width:
                raise _ragged(name, line, len(cells), width)
    except csv.Error as error:
        raise DataError(f"{name} cannot be read as a table: {error}") from error


def _ragged(name: str, line: int, found: int, expected: int) -> DataError:
    return DataError(
        f"{name}: line {line} has {found} cells where the header has {expected}; "
        "mend the line (a delimiter too many or missing, or a quote that is not closed)"
    )


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line on which it starts; a quoted cell may span several lines."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    for cells in reader:
        yield line, cells
        line = reader.line_num + 1


def _instead(column: str, existing: Sequence[str]) -> str:
    if len(existing) == 1 and any(mark in existing[0] for mark in ";\t|"):
        return f"; its only column is {quoted(existing[0])}: separate the cells as the file's ending says"
    nearest = difflib.get_close_matches(column, existing, n=1, cutoff=0.5)
    hint = f"; did you mean {quoted(nearest[0])}?" if nearest else ";"
    shown = ", ".join(map(quoted, existing[:_LISTED_COLUMNS]))
    more = f" and {len(existing) - _LISTED_COLUMNS} more" if len(existing) > _LISTED_COLUMNS else ""
    return f"{hint} columns: {shown}{more}"
