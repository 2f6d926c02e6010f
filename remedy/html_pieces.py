"""Small pieces of HTML for notebooks: what Jupyter shows of an object that ends a cell.

Every text in them is escaped, and colours are left to the page around, be it light or dark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from remedy.inert import legible

_LEFT = ' style="text-align: left; vertical-align: top; padding: 0.1em 1em 0.3em 0"'


def paragraph(strong: str, text: str = "") -> str:
    """A line that begins with something strong.

    >>> paragraph("unstuck", "a < b")
    '<p><strong>unstuck</strong> a &lt; b</p>'
    """
    return f"<p><strong>{_text(strong)}</strong>{' ' if text else ''}{_text(text)}</p>"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, all of whose cells are text.

    >>> table(["fix"], [["scaling"]]).count("style")
    2
    """
    head = "".join(f"<th{_LEFT}>{_text(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(f'<td{_LEFT}>{_text(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _text(text: str) -> str:
    return escape(legible(text))
