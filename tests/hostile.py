"""Strings that do harm wherever they are not taken for mere text."""

from __future__ import annotations

from hypothesis import strategies as st

FORMULAS = (
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "'=1+1",
    " =1+1",
    "a;=1+1",
    'a;"=1+1',
    "\uff1d1+1",
)
CONTROLS = (
    "\x1b]0;owned\x07",
    "\x1b[2J\x1b[1;1H",
    "\x9b31m",
    "over\rwritten",
    "two\nlines",
    "user\u202etxt.exe",
    "half \ud800 a pair",
    "\u2028\x85",
)
MARKUP = ("[red]loud[/red]", "[link=https://example.org]here", "[/nothing]", ":bomb:")
MARKDOWN = ("a|b", "`code`", "<img src=x onerror=alert(1)>", "[here](https://example.org)", "\\|", "_a_ *b*")
CODE = (
    '"""; import os; os._exit(7)\n"""',
    "'); import os; os._exit(7) #",
    '{__import__("os")._exit(7)}',
    "\\",
)

HOSTILE = (*FORMULAS, *CONTROLS, *MARKUP, *MARKDOWN, *CODE)
IN_FILES = tuple(text for text in HOSTILE if "\ud800" not in text)
"""Those that files and tables can hold; half a surrogate pair is refused before."""

TEXTS = st.sampled_from(HOSTILE) | st.text() | st.text("=+-@;'\"\\ \t\n\r\x1bx0", max_size=12)
"""Hostile ones, any, and those that are made of what has a meaning somewhere."""
TEXTS_IN_FILES = TEXTS.filter(lambda text: not any("\ud800" <= mark <= "\udfff" for mark in text))


def is_inert(text: str) -> bool:
    """Whether it does nothing to a terminal but fill lines."""
    return all(mark.isprintable() for mark in text if mark != "\n")
