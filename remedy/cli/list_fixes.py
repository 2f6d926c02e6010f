"""`remedy fixes`: the catalogue of fixes."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from remedy.cli.console import make_console, make_table, print_json
from remedy.config.problems import nearest
from remedy.errors import ConfigError
from remedy.fixes import Fix, builtin_fixes, package_of, to_plain
from remedy.fixes.catalogue import EXAMPLE, example_setting


def list_fixes(name: str | None, *, json: bool) -> None:
    """Print all fixes, or one in full.

    Raises:
        ConfigError: there is no fix of that name.
    """
    fixes = builtin_fixes()
    if name is not None and name not in fixes:
        near = nearest(name, fixes)
        hint = f"; did you mean {near!r}?" if near else "."
        raise ConfigError(f"unknown fix {name!r}{hint} There are: {', '.join(fixes)}")
    if json:
        plain = [_plain(fix) for fix in fixes.values()]
        print_json(plain if name is None else _plain(fixes[name]))
    elif name is None:
        _print_all(list(fixes.values()))
    else:
        _print_one(fixes[name])


def _plain(fix: Fix) -> dict[str, Any]:
    return {
        "name": fix.name,
        "stage": fix.stage.name.lower(),
        "new_graph": fix.new_graph,
        "changes": fix.changes,
        "helps_when": fix.helps_when,
        "space": to_plain(fix.default_space(EXAMPLE)),
        "source": fix.source,
        "package": package_of(fix.name),
    }


def _print_all(fixes: list[Fix]) -> None:
    table = make_table()
    table.add_column("fix", no_wrap=True)
    table.add_column("stage", no_wrap=True)
    table.add_column("package", no_wrap=True)
    table.add_column("what it changes", ratio=1)
    for fix in fixes:
        table.add_row(Text(fix.name, "bold"), fix.stage.name.lower(), package_of(fix.name), fix.changes)
    console = make_console()
    console.print(table)
    console.print("remedy fixes NAME tells when one helps, its default space and its source", style="dim")


def _print_one(fix: Fix) -> None:
    table = make_table(header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    table.add_row("fix", fix.name)
    table.add_row("changes", fix.changes)
    table.add_row("helps when", fix.helps_when)
    table.add_row("stage", fix.stage.name.lower())
    table.add_row("new graph", "yes" if fix.new_graph else "no")
    table.add_row("default", example_setting(fix))
    table.add_row("source", fix.source)
    table.add_row("package", package_of(fix.name))
    make_console().print(table)
