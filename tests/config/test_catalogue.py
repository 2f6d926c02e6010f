from __future__ import annotations

import re
from pathlib import Path

from remedy.config import Experiment
from remedy.config.catalogue import catalogue_markdown
from remedy.fixes import builtin_fixes
from tests.config.test_documentation import keys

COMMITTED = Path(__file__).parents[2] / "docs" / "keys.md"


def test_the_documentation_is_what_the_code_says() -> None:
    renew = "python -m remedy.config.catalogue > docs/keys.md"
    assert COMMITTED.read_text(encoding="utf-8") == catalogue_markdown(), f"out of date; run: {renew}"


def test_no_key_and_no_fix_is_left_out() -> None:
    listed = re.findall(r"^\| `([\w.]+)` \|", catalogue_markdown(), re.MULTILINE)
    sections = re.findall(r"^## (\w+)$", catalogue_markdown(), re.MULTILINE)
    assert {path.rsplit(".", 1)[-1] for path in listed} | {*sections} == {*keys(Experiment), *builtin_fixes()}
    assert len(listed) == len({*listed})
