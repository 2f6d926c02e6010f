from __future__ import annotations

from pathlib import Path

from remedy.cli.catalogue import catalogue_markdown

COMMITTED = Path(__file__).parents[2] / "docs" / "cli.md"


def test_the_documentation_is_what_the_code_says() -> None:
    renew = "python -m remedy.cli.catalogue > docs/cli.md"
    assert COMMITTED.read_text(encoding="utf-8") == catalogue_markdown(), f"out of date; run: {renew}"
