"""Names what pages link to outside of the site and a reader cannot open there: folders and Markdown files.

Other files of the repository become downloads.
"""

import re
from pathlib import Path
from typing import Any

_LINK = re.compile(r"\[([^\]]+)\]\((\.\./[^)#]+)\)")


def _name_instead(app: Any, _page: str, source: list[str]) -> None:
    def named(link: re.Match[str]) -> str:
        target = Path(app.srcdir, link[2])
        return f"`{link[1]}`" if target.is_dir() or target.suffix == ".md" else link[0]

    source[0] = _LINK.sub(named, source[0])


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("source-read", _name_instead)
    return {"parallel_read_safe": True}
