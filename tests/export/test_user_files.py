"""The user's files that a script needs are copied, with what they import from their own folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from remedy.errors import UserCodeError
from remedy.export.user_files import copy_modules, module_names


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_neighbours_are_copied_and_installed_packages_are_not(tmp_path: Path) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    out.mkdir()
    write(source, model="import numpy\nfrom parts.layers import x\nimport tools", tools="", other="")
    write(source, parts__layers="import deeper", deeper="import model")
    assert copy_modules(["model", "keras"], [source], out) == ["deeper.py", "model.py", "parts/", "tools.py"]
    assert (out / "parts" / "layers.py").exists()


def test_a_file_with_the_name_of_the_script_gets_another_one(tmp_path: Path) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    out.mkdir()
    write(source, train="x = 1", model="import train")
    assert copy_modules(["train"], [source], out) == ["original_train.py"]
    assert module_names(["train", "model"]) == {"train": "original_train"}
    with pytest.raises(UserCodeError, match=r"train\.py: is imported by another file; rename it"):
        copy_modules(["model"], [source], out)
