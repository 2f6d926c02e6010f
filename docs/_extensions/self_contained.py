"""Fails a build whose pages would load something from elsewhere: fonts, scripts, styles or pictures."""

import re
from pathlib import Path
from typing import Any

from sphinx.errors import ExtensionError

_ELSEWHERE = r"(?:https?:)?//[^\s\"')]+"
_LOADS = {
    ".html": re.compile(
        rf"<(?:script|img|iframe|source|embed|object)\b[^>]*\b(?:src|data)=[\"']({_ELSEWHERE})"
        rf"|<link\b(?![^>]*rel=[\"']canonical)[^>]*href=[\"']({_ELSEWHERE})"
        rf"|url\([\"']?({_ELSEWHERE})"
    ),
    ".css": re.compile(rf"(?:url\(|@import\s*)[\"']?({_ELSEWHERE})"),
}


def _check(app: Any, failed: Exception | None) -> None:
    if failed or app.builder.format != "html":
        return
    loads = [
        f"{path.name}: {next(filter(None, match.groups()))}"
        for path in sorted(Path(app.outdir).rglob("*"))
        if path.suffix in _LOADS
        for match in _LOADS[path.suffix].finditer(path.read_text(encoding="utf-8"))
    ]
    if loads:
        raise ExtensionError("pages would load something from elsewhere: " + "; ".join(loads))


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("build-finished", _check)
    return {"parallel_read_safe": True}
