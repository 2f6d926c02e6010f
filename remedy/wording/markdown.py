"""Tables and code in Markdown, in which outside text stays text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from remedy.inert import legible_lines, markdown_text


def markdown_table(header: Sequence[str], lines: Iterable[Sequence[str]], right: Collection[str] = ()) -> str:
    r"""A GitHub table.

    Args:
        header: the names of the columns.
        lines: as many cells each.
        right: the columns that are aligned at their right.

    >>> print(markdown_table(["fix", "drop"], [["a|b", "0.3"]], {"drop"}))
    | fix | drop |
    | --- | ---: |
    | a\|b | 0.3 |
    """
    rules = ["---:" if column in right else "---" for column in header]
    texts = [list(map(markdown_text, line)) for line in (header, *lines)]
    return "\n".join(f"| {' | '.join(line)} |" for line in (texts[0], rules, *texts[1:]))


def fenced(text: str, language: str) -> str:
    """Text as a block of code, which it cannot end.

    Args:
        text: of any lines.
        language: for the colours.
    """
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{legible_lines(text).rstrip()}\n{fence}"
