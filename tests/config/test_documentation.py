"""docs/yaml.md names every key, and its examples load."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from remedy.config import Experiment
from remedy.config.yaml_loader import read_yaml
from remedy.fixes import builtin_fixes

Load = Callable[..., Experiment]

DOC = (Path(__file__).parents[2] / "docs" / "yaml.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```", DOC, re.DOTALL)
MINIMAL = {"data": "data: {source: a.csv, target: y}\n", "model": "model: {template: dense}\n"}


def keys(section: type[BaseModel]) -> Iterator[str]:
    for name, field in section.model_fields.items():
        yield name
        for candidate in (field.annotation, *get_args(field.annotation)):
            if isinstance(candidate, type) and issubclass(candidate, BaseModel):
                yield from keys(candidate)


def _allowed_words(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("enum", [])
        for part in schema.values():
            yield from _allowed_words(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _allowed_words(part)


@pytest.mark.parametrize("word", sorted({*keys(Experiment), *builtin_fixes()}))
def test_every_key_and_fix_is_documented(word: str) -> None:
    assert f"`{word}`" in DOC


@pytest.mark.parametrize("word", sorted(set(_allowed_words(Experiment.model_json_schema()))))
def test_every_allowed_word_is_documented(word: str) -> None:
    assert f"`{word}`" in DOC


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.startswith("# complete\n")])
def test_complete_examples_load(load: Load, block: str) -> None:
    assert load(block).fixes


@pytest.mark.parametrize("block", [block for block in BLOCKS if not block.startswith("# complete\n")])
def test_partial_examples_load_once_completed(load: Load, block: str) -> None:
    given = read_yaml(block).data
    assert load(block + "".join(text for key, text in MINIMAL.items() if key not in given)).fixes


def test_there_are_examples_of_both_kinds() -> None:
    complete = [block.startswith("# complete\n") for block in BLOCKS]
    assert any(complete)
    assert not all(complete)


def test_documented_numbers_are_the_defaults(load: Load) -> None:
    experiment = load("".join(MINIMAL.values())).model_dump(exclude={"fixes"})
    defaults = {key: str(value) for part in _mappings(experiment) for key, value in part.items()}
    documented = dict(re.findall(r"^\| `(\w+)` \|.*\| ([\d.]+) \|$", DOC, re.MULTILINE))
    window = {"horizon": "1", "stride": "1"}
    assert documented == {key: defaults[key] for key in documented.keys() - window.keys()} | window
    assert {"epochs", "trials", "min_skill", "validation"} <= documented.keys()


def _mappings(value: object) -> Iterator[dict[str, object]]:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _mappings(item)
