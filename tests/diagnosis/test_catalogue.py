from __future__ import annotations

from pathlib import Path

from remedy.diagnosis.catalogue import catalogue_markdown

COMMITTED = Path(__file__).parents[2] / "docs" / "symptoms.md"


def test_the_documentation_is_what_the_code_says() -> None:
    renew = "python -m remedy.diagnosis.catalogue > docs/symptoms.md"
    assert COMMITTED.read_text(encoding="utf-8") == catalogue_markdown(), f"out of date; run: {renew}"
