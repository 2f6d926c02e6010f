"""How a delimited text file is written: what separates its cells, and what its decimals."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pandas as pd

USUAL_DELIMITERS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
"""What separates the cells of a file, by its ending, unless its lines say otherwise."""

_DELIMITERS = (",", ";", "\t", "|")
_NAMES = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}
_QUOTED_CELL = re.compile(r'(?:^|(?<=[,;\t|\n]))"(?:[^"]|"")*+"')
_SNIFFED_CHARACTERS, _SNIFFED_LINES = 2**20, 1000
_DECIMAL_COMMA = r"\s*[+-]?(?:\d+,\d*|,\d+)(?:[eE][+-]?\d+)?\s*"
_COMMA_OR_WHOLE = rf"{_DECIMAL_COMMA}|\s*[+-]?\d+(?:[eE][+-]?\d+)?\s*"


def records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line on which it starts; a quoted cell may span several lines.

    Raises:
        csv.Error: a quote is not closed.
    """
    csv.field_size_limit(max(len(text), csv.field_size_limit()))  # of 128 KiB, unlike that of pandas
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    for cells in reader:
        yield line, cells
        line = reader.line_num + 1


def find_delimiter(text: str, usual: str) -> str:
    r"""What separates the cells: the mark that gives most lines as many cells as the header, two at least.

    Marks inside of quotes do not count.

    Args:
        text: the file's text, its line ends normalised.
        usual: what the file's ending promises; it decides where several marks fit equally well.

    Returns:
        A comma, semicolon, tab or bar.

    >>> find_delimiter("a;b\n1,5;2,5\n", ",")
    ';'
    """
    lines = _QUOTED_CELL.sub("", text[:_SNIFFED_CHARACTERS]).split("\n")[:_SNIFFED_LINES]
    if len(text) > _SNIFFED_CHARACTERS and len(lines) > 1:
        del lines[-1]  # it may be cut off

    def fit(mark: str) -> tuple[float, bool, int]:
        counts = [line.count(mark) for line in lines]
        return counts.count(counts[0]) / len(counts), mark == usual, counts[0]

    return max((mark for mark in _DELIMITERS if mark in lines[0]), key=fit, default=usual)


def most_hold_decimal_commas(cells: pd.Series) -> bool:
    """Whether most cells of a text column are numbers like `3,14`, or whole ones beside them.

    Missing cells do not count.

    >>> most_hold_decimal_commas(pd.Series(["3,14", "3", None]))
    True
    >>> most_hold_decimal_commas(pd.Series(["1.234,5", "2"]))
    False
    """
    held = cells.dropna().astype(str)
    with_comma = held.str.fullmatch(_DECIMAL_COMMA)
    return bool(with_comma.any() and held.str.fullmatch(_COMMA_OR_WHOLE).mean() > 0.5)


def dialect_note(name: str, delimiter: str, usual: str, decimal: str) -> str | None:
    """What the user is told of a file that is not written as its ending promises."""
    unusual = []
    if delimiter != usual:
        unusual.append(f"its cells are separated by {_NAMES[delimiter]}")
    if decimal != ".":
        unusual.append("its numbers have a decimal comma")
    return f"{name}: {' and '.join(unusual)}." if unusual else None
