"""The order of trials in tables, and which of them are worth confirming."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import groupby

from remedy.plan import Recipe, recipe_key
from remedy.search.records import TrialRecord
from remedy.training import STUCK, Status

EQUAL_SKILL = 0.01
"""Trials within this much skill of the best among them count as equally good."""


def rank(records: Iterable[TrialRecord]) -> list[TrialRecord]:
    """Best first: stuck trials last, then validation skill.

    Among equals the recipe with fewer fixes comes first, then the cheaper one: fewer epochs times weights,
    which unlike seconds are the same every time.
    """
    by_skill = sorted(records, key=lambda record: (_group(record), -_comparable(record.skill), record.number))
    ranked: list[TrialRecord] = []
    for _, group in groupby(by_skill, key=_group):
        ranked += _order_equals(list(group))
    return ranked


def best_recipes(records: Iterable[TrialRecord], count: int) -> list[Recipe]:
    """The recipes of the highest ranked trials that were not stuck, all different."""
    recipes: dict[str, Recipe] = {}
    for record in rank(records):
        if _group(record) == 0 and record.recipe:
            recipes.setdefault(recipe_key(record.recipe), record.recipe)
    return list(recipes.values())[:count]


def _group(record: TrialRecord) -> int:
    if record.status is Status.FAILED:
        return 2
    return int(record.status in STUCK or record.status is Status.PRUNED)


def _comparable(skill: float) -> float:
    return -math.inf if math.isnan(skill) else skill


def _order_equals(group: list[TrialRecord]) -> list[TrialRecord]:
    """Sort runs of records that lie within `EQUAL_SKILL` of the first of the run."""
    ordered: list[TrialRecord] = []
    while group:
        floor = _comparable(group[0].skill) - EQUAL_SKILL
        equals = [record for record in group if _comparable(record.skill) >= floor]
        group = group[len(equals) :]
        ordered += sorted(
            equals, key=lambda record: (len(record.recipe), record.epochs * record.parameters, record.number)
        )
    return ordered
