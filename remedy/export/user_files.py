"""Copies of the user's Python files, so that a script stands on its own."""

from __future__ import annotations

import ast
import keyword
import shutil
from collections.abc import Iterable
from pathlib import Path

from remedy.errors import UserCodeError
from remedy.export.layer_source import identifier

_SCRIPT = "train"


def module_names(modules: Iterable[str]) -> dict[str, str]:
    """The names that copies of modules get beside `train.py`, where they cannot keep their own."""
    return {
        name: f"original_{name}" if name == _SCRIPT else identifier(name)
        for name in modules
        if name == _SCRIPT or not all(map(_can_be_imported, name.split(".")))
    }


def _can_be_imported(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)


def copy_modules(modules: Iterable[str], folders: Iterable[Path], out: Path) -> list[str]:
    """Copy the files of modules, and whatever they import from their own folder.

    Args:
        modules: as the script names their originals.
        folders: where the user's files are; a module that is in none of them is an installed package.
        out: the script's folder.

    Returns:
        The names of the copies.

    Raises:
        UserCodeError: a file that others import would have the name of the script.
    """
    copied: dict[Path, str] = {}
    waiting = [(name, True) for name in modules]
    while waiting:
        name, named = waiting.pop()
        top = name.partition(".")[0]
        for folder in folders:
            file, package = folder / f"{top}.py", folder / top
            if file.is_file() and file not in copied:
                if top == _SCRIPT and not named:
                    raise UserCodeError(
                        f"{file}: is imported by another file; rename it, train.py is the script"
                    )
                target = out / f"{module_names([top]).get(top, top)}.py"
                shutil.copyfile(file, target)
                copied[file] = target.name
                waiting += [(found, False) for found in _imports(file)]
            elif not file.is_file() and package.is_dir() and package not in copied:
                if not any(package.glob("*.py")):
                    continue
                shutil.copytree(package, out / top, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
                copied[package] = f"{top}/"
                waiting += [(found, False) for file in package.rglob("*.py") for found in _imports(file)]
    return sorted(copied.values())


def _imports(file: Path) -> list[str]:
    """The modules that a file imports by absolute names."""
    found = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append(node.module)
    return found
