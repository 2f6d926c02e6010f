"""Text from outside that does nothing where it ends up: on a terminal, in a spreadsheet, in Markdown.

Names of columns and folders, labels, values of fixes and what exceptions say are whatever somebody wrote.
"""

from __future__ import annotations

import re

_FORMULA = re.compile("[ '\"]*[=+\\-@\uff1d\uff0b\uff0d\uff20]")
"""What spreadsheets take for a formula, and what would look like one that was made harmless."""

_NEXT_CELL = re.compile(f";(?={_FORMULA.pattern})")
"""The end of a cell where columns are parted by semicolons, with a formula behind it."""

_SPELLED_OUT = re.compile(r"\\(?:\\|[tnr]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")
_MARKUP = re.compile(r"[\\`*\[\]<>&|~$]|(?<![^\W_])_|_(?![^\W_])|:(?=//)|(?<=www)\.")


def legible(text: str) -> str:
    r"""The text on one line, with what cannot be printed spelled out, so that it does nothing to a terminal.

    >>> legible("Köln\x1b[2J\n")
    'Köln\\x1b[2J\\n'
    """
    if text.isprintable():
        return text
    return "".join(mark if mark.isprintable() else repr(mark)[1:-1] for mark in text)


def legible_lines(text: str) -> str:
    r"""The same for text of several lines, which stay lines.

    >>> legible_lines("one\ntwo\r")
    'one\ntwo\\r'
    """
    return "\n".join(map(legible, text.split("\n")))


def spreadsheet_text(text: str) -> str:
    r"""The text as a cell of a CSV file that no spreadsheet takes for a formula; `original_text` undoes it.

    A quote stands before what would begin a formula, and what cannot be printed is spelled out, wherefore
    backslashes are doubled.

    >>> spreadsheet_text("=1+1"), spreadsheet_text("a\tb"), spreadsheet_text("minmax")
    ("'=1+1", 'a\\tb', 'minmax')
    """
    spelled = _NEXT_CELL.sub(r"\\x3b", legible(text.replace("\\", r"\\")))
    return f"'{spelled}" if _FORMULA.match(spelled) else spelled


def original_text(cell: str) -> str:
    """The text that `spreadsheet_text` made a cell of.

    >>> original_text("'=1+1"), original_text("'quoted'")
    ('=1+1', "'quoted'")
    """
    if cell.startswith("'") and _FORMULA.match(cell):
        cell = cell[1:]
    return _SPELLED_OUT.sub(lambda found: found[0].encode("ascii").decode("unicode_escape"), cell)


def markdown_text(text: str) -> str:
    r"""The text as a cell of a Markdown table, without markup, links to pages or HTML of its own.

    >>> markdown_text("a|b <img src=x> `c` train_skill")
    'a\\|b \\<img src=x\\> \\`c\\` train_skill'
    >>> markdown_text("https://a.example www.b.example")
    'https\\://a.example www\\.b.example'
    """
    return _MARKUP.sub(r"\\\g<0>", legible(text))
