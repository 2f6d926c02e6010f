"""Whatever columns, arrays, folders and files are called, in a script their names are strings and no code."""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings

from remedy.config import parse_experiment
from remedy.data import Dataset, load_dataset
from remedy.errors import RemedyError
from remedy.export.data_source import DataSource, stored_arrays
from remedy.export.export import data_sources
from remedy.export.model_facts import ModelFacts
from remedy.export.script import script
from remedy.export.source import docstring, formatted, text_literal
from remedy.export.training import Training
from remedy.export.user_files import module_names
from remedy.export.writing import write_script
from remedy.plan import KerasObject, Model, Plan, Preprocessing
from tests.hostile import IN_FILES, TEXTS, TEXTS_IN_FILES

USUAL = "usual"
NOT_IN_ZIP = str.maketrans("", "", "\x00/\\")
"""What names of arrays in a file cannot hold."""

Make = Callable[[Path, str], dict[str, Any]]


def numbers(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape)


def frame(name: str) -> pd.DataFrame:
    return pd.DataFrame(numbers(60, 3), columns=["a", f"{name} b", "y"])


def columns(folder: Path, name: str) -> dict[str, Any]:
    frame(name).to_parquet(folder / "data.parquet")
    return {"source": "data.parquet", "target": "y", "features": ["a", f"{name} b"]}


def a_target(folder: Path, name: str) -> dict[str, Any]:
    frame(name).to_parquet(folder / "data.parquet")
    return {"source": "data.parquet", "target": f"{name} b"}


def groups_in_time(folder: Path, name: str) -> dict[str, Any]:
    group = {f"{name} group": np.repeat([f"{name} 1", f"{name} 2", f"{name} 3"], 20)}
    time = {f"{name} time": np.tile(np.arange(20), 3)}
    frame(name).assign(**group, **time).to_parquet(folder / "data.parquet")
    section = {"source": "data.parquet", "target": "y", "features": ["a"], "window": {"length": 3}}
    section["split"] = {"validation": 0.3, "test": 0.3}
    return section | {"group": f"{name} group", "time": f"{name} time"}


def whole_groups(folder: Path, name: str) -> dict[str, Any]:
    section = groups_in_time(folder, name)
    return section | {"split": {"by": "group", "validation": 0.3, "test": 0.3}}


def labels_and_categories(folder: Path, name: str) -> dict[str, Any]:
    labels = [f"{name} {'abc'[row % 3]}" for row in range(60)]
    frame(name).assign(y=labels, kind=labels).to_parquet(folder / "data.parquet")
    return {"source": "data.parquet", "target": "y"}


def codes(folder: Path, name: str) -> dict[str, Any]:
    kinds = {f"{name} kind": [f"{name} {'abc'[row % 3]}" for row in range(60)]}
    frame(name).assign(**kinds).to_parquet(folder / "data.parquet")
    return {"source": "data.parquet", "target": "y", "categorical": {f"{name} kind": "integer"}}


def arrays(folder: Path, name: str) -> dict[str, Any]:
    name = name.translate(NOT_IN_ZIP)
    np.savez(folder / "data.npz", a=numbers(60, 2), b=numbers(60, 2), y=numbers(60))
    rename(folder / "data.npz", {"b": f"{name} b"})
    return {"source": "data.npz", "features": ["a", f"{name} b"], "target": "y"}


def arrays_that_come_split(folder: Path, name: str) -> dict[str, Any]:
    name = name.translate(NOT_IN_ZIP)
    parts: dict[str, Any] = {
        f"{array}_{part}": numbers(30, 2) for array in "aby" for part in ("train", "val", "test")
    }
    np.savez(folder / "data.npz", **parts)
    rename(folder / "data.npz", {key: f"{name} {key}" for key in parts if key[0] == "b"})
    return {"source": "data.npz", "features": ["a", f"{name} b"], "target": "y"}


def rename(path: Path, names: dict[str, str]) -> None:
    """Give arrays of a file other names."""
    with np.load(path) as old:
        renamed: dict[str, Any] = {names.get(key, key): old[key] for key in old.files}
    np.savez(path, **renamed)


SOURCES = (
    *(columns, a_target, groups_in_time, whole_groups, labels_and_categories, codes),
    *(arrays, arrays_that_come_split),
)


def read(make: Make, folder: Path, name: str) -> tuple[Dataset, list[DataSource]]:
    section = make(folder, name)
    section["source"] = str(folder / section["source"])
    experiment = parse_experiment({"name": "n", "data": section, "model": {"template": "dense"}})
    dataset = load_dataset(experiment.data, None)
    return dataset, [*data_sources(experiment.data, dataset, None), stored_arrays(dataset)]


def training(dataset: Dataset, title: str = "a training") -> Training:
    plan = Plan(
        task=dataset.task,
        metric="mse" if dataset.task == "regression" else "log_loss",
        model=Model(input_shape=dataset.input_shape),
        optimizer=KerasObject(class_name="Adam"),
        loss="mse",
        epochs=1,
        batch_size=8,
        preprocessing=Preprocessing(scaling="minmax"),
    )
    return Training(title, plan, dataset, 0, 0.0, ModelFacts(), "model.keras")


def structure(source: str) -> tuple[str, set[str]]:
    """A script without its strings, and the strings."""
    tree = ast.parse(source)
    strings = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            strings.add(node.value)
            node.value = ""
    return ast.dump(tree), strings


def scripts(make: Make, name: str) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        dataset, ways = read(make, Path(folder), name)
        return [script(training(dataset), way, {}) for way in ways]


@pytest.mark.parametrize("make", SOURCES)
@pytest.mark.parametrize("name", IN_FILES)
def test_the_script_for_a_hostile_name_is_that_for_a_usual_one(make: Make, name: str) -> None:
    written = scripts(make, name)
    assert [structure(one)[0] for one in written] == [structure(one)[0] for one in scripts(make, USUAL)]
    assert all(mark.isprintable() for one in written for mark in one if mark != "\n")


@given(name=TEXTS_IN_FILES)
@settings(max_examples=60)
def test_any_name_of_a_column_stands_in_strings_only(name: str) -> None:
    try:
        written = scripts(groups_in_time, name)
    except RemedyError:
        assume(False)
    for one, usual in zip(written, scripts(groups_in_time, USUAL), strict=True):
        assert structure(one)[0] == structure(usual)[0]
    assert {f"{name} group", f"{name} time"} <= structure(written[0])[1]


@pytest.mark.parametrize("title", IN_FILES)
def test_the_title_of_a_training_is_prose(tmp_path: Path, title: str) -> None:
    dataset, ways = read(columns, tmp_path, USUAL)
    one = training(dataset, f"trial 3 of the study {title}")
    write_script(one, one.plan, ways[0], tmp_path)
    text = (tmp_path / "train.py").read_text(encoding="utf-8")
    assert structure(text)[0] == structure(script(training(dataset), ways[0], {}))[0]
    assert all(mark.isprintable() for mark in text if mark != "\n")


@given(TEXTS)
def test_a_literal_is_its_text(text: str) -> None:
    assert text_literal(text).isprintable()
    assert ast.literal_eval(text_literal(text)) == text


@given(TEXTS)
def test_an_f_string_holds_nothing_but_the_text_and_the_variable(text: str) -> None:
    written = formatted(text, "part")
    assert eval(written, {"part": "train"}) == f"{text}train"  # noqa: S307 - what was just written
    names = [node.id for node in ast.walk(ast.parse(written, mode="eval")) if isinstance(node, ast.Name)]
    assert names == ["part"]


@given(TEXTS)
def test_a_docstring_is_one_string(text: str) -> None:
    (statement,) = ast.parse("\n".join(docstring(f"About {text}.", 40))).body
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Constant)


@pytest.mark.parametrize("name", ["my-model", "a; import os; b", "import", "two words", "1st"])
def test_a_file_whose_name_is_no_module_is_copied_under_one_that_is(name: str) -> None:
    assert ast.parse(f"from {module_names([name])[name]} import build")
    assert module_names(["model", "parts.layers"]) == {}
