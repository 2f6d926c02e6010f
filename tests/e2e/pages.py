"""Documentation pages as a reader uses them: files are written, commands typed, code run."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from remedy.cli import main

_DOCS = Path(__file__).parents[2] / "docs"


class Block(NamedTuple):
    """A code block of a page, and the name that its first line gives to the file that it is."""

    language: str
    text: str
    file: str | None


@dataclass(frozen=True)
class Page:
    """The code blocks of a page of `docs/`, in order."""

    blocks: tuple[Block, ...]

    @classmethod
    def read(cls, name: str) -> Page:
        text = (_DOCS / name).read_text(encoding="utf-8")
        blocks = []
        for language, content in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            named = re.match(r"# (\S+\.\w+)\n", content)
            blocks.append(Block(language, content, named[1] if named else None))
        return cls(tuple(blocks))

    def files(self, language: str) -> list[str]:
        return [block.file for block in self.blocks if block.file and block.language == language]

    def texts(self, language: str) -> list[str]:
        """The blocks that are no files."""
        return [block.text for block in self.blocks if not block.file and block.language == language]

    def commands(self) -> list[list[str]]:
        """The arguments of each `remedy` that is typed."""
        lines = [line for text in self.texts("console") for line in text.splitlines()]
        assert all(line.startswith("$ remedy ") for line in lines)
        return [line.split()[2:] for line in lines]

    def write(self, folder: Path) -> None:
        for block in self.blocks:
            if block.file:
                (folder / block.file).write_text(block.text, encoding="utf-8")


def run_python(code: str, folder: Path) -> str:
    """Run code in a process of its own, as someone would who is in that folder."""
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def remedy(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    """What a command says on stdout; on stderr if it is to fail."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr()
    assert ended.value.code == status, said.err
    return said.err if status else said.out
