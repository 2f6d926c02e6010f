"""The ranked table of a search: one row per trial, with a column per fix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from remedy.fixes import corners
from remedy.plan import Recipe
from remedy.results.trials_file import FIXED_COLUMNS, fix_column
from remedy.search import SearchSpace, TrialRecord, rank


def trials_table(records: Iterable[TrialRecord], space: SearchSpace) -> pd.DataFrame:
    """The ranked table of a search.

    Args:
        records: finished trials, in any order.
        space: decides on the columns: a fix with several parameters has one for each, with a dotted name.

    Returns:
        A row per trial. The cells of a fix that is off are empty.
    """
    rows = [
        {
            "rank": position,
            "trial": record.number,
            "status": record.status.value,
            "skill": record.skill,
            "train_skill": record.train_skill,
            "epochs": record.epochs,
            "seconds": round(record.seconds, 2),
            "seed": record.seed,
        }
        | {fix_column(name): cell for name, cell in flatten_recipe(record.recipe)}
        for position, record in enumerate(rank(records), start=1)
    ]
    return pd.DataFrame(rows, columns=[*FIXED_COLUMNS, *_fix_columns(space)])


def flatten_recipe(recipe: Recipe) -> Iterator[tuple[str, Any]]:
    """Dotted names and plain cell values; `True` reads `on`.

    >>> dict(flatten_recipe({"scaling": "minmax", "reduce_lr_on_plateau": {"factor": 0.1}}))
    {'scaling': 'minmax', 'reduce_lr_on_plateau.factor': 0.1}
    """
    for name, value in recipe.items():
        if isinstance(value, dict):
            yield from flatten_recipe({f"{name}.{key}": inner for key, inner in value.items()})
        else:
            yield name, "on" if value is True else value


def _fix_columns(space: SearchSpace) -> list[str]:
    columns: dict[str, None] = {}
    for name, entry in space.fixes.items():
        for value in corners(entry.space):
            columns |= dict.fromkeys(fix_column(column) for column, _ in flatten_recipe({name: value}))
    return list(columns)
