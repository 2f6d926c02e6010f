"""All commands and options as Markdown: `python -m remedy.cli.catalogue > docs/cli.md`."""

from __future__ import annotations

import re
import sys

import typer
from typer.cli import get_docs_for_click

from remedy.cli.app import app

_INTRODUCTION = """\
# The command line

What `remedy --help` and `remedy COMMAND --help` say. The exit status is 0 when a command has done its work,
whatever the verdict, 2 for a mistake that can be mended (one line on stderr, see [errors.md](errors.md)),
1 for a bug, and 130 after Ctrl-C. What is not a terminal gets neither colours nor progress bars.
"""
_HELP = re.compile(r"^\* `--help`: .*\n", re.MULTILINE)
_COMMANDS = re.compile(r"^\*\*Commands\*\*:\n\n(\* .*\n)+\n", re.MULTILINE)


def catalogue_markdown() -> str:
    """All commands on one page, in the order of `remedy --help`."""
    command = typer.main.get_command(app)
    context = typer.Context(command, info_name="remedy")
    page = get_docs_for_click(obj=command, ctx=context, indent=1, name="remedy")
    # Every command has a heading of its own; typer cuts their first sentences off.
    return f"{_INTRODUCTION}\n{_HELP.sub('', _COMMANDS.sub('', page)).strip()}\n"


if __name__ == "__main__":
    sys.stdout.write(catalogue_markdown())
