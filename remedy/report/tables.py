"""The tables behind the charts of a report."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from remedy.plan import Task
from remedy.report.gather import BASELINE, BEST
from remedy.results.comparison_file import Comparison
from remedy.results.trials_file import FIXED_COLUMNS, Row, fix_name, recipe_of
from remedy.wording.text import recipe_text

_MOST_CLASSES = 25
_MOST_AXES = 12


def layer_gradients(diagnosis: Mapping[str, Any] | None, comparison: Comparison | None) -> pd.DataFrame:
    """The gradient norm of every layer before the first step: `layer`, `whose`, `gradient`."""
    before = (diagnosis or {}).get("measured")
    after = comparison.best.measured if comparison is not None and comparison.best is not None else None
    rows = [
        {"layer": layer["name"], "whose": whose, "gradient": layer["gradient_start"]}
        for whose, measured in ((BASELINE, before), (BEST, after))
        if measured is not None
        for layer in measured["layers"]
        if layer["gradient_start"]
    ]
    return pd.DataFrame(rows, columns=["layer", "whose", "gradient"])


def time_gradients(
    diagnosis: Mapping[str, Any] | None, comparison: Comparison | None
) -> list[dict[str, Any]]:
    """How much of the gradient reaches the first time steps: a row per input, in shares of the last steps."""
    before = (diagnosis or {}).get("measured")
    after = comparison.best.measured if comparison is not None and comparison.best is not None else None
    rows: dict[str, dict[str, Any]] = {}
    for whose, measured in ((BASELINE, before), (BEST, after)):
        for found in measured["through_time"] if measured is not None else ():
            row = rows.setdefault(found["input"], {"input": found["input"], "steps": found["steps"]})
            row[whose] = (
                found["first"] / found["last"] if found["first"] is not None and found["last"] else None
            )
    return list(rows.values())


def predictions(comparison: Comparison) -> list[tuple[str, pd.DataFrame]]:
    """For every output its name and a table: `sample`, `truth` and a column per training."""
    sides = {BASELINE: comparison.baseline, BEST: comparison.best}
    tables = []
    for position, name in enumerate(comparison.outputs):
        columns: dict[str, Any] = {"sample": range(len(comparison.rows))}
        columns["truth"] = [row[position] for row in comparison.truth]
        for whose, side in sides.items():
            if side is not None:
                columns[whose] = [row[position] for row in side.predictions[: len(comparison.rows)]]
        tables.append((name, pd.DataFrame(columns)))
    return tables


def confusions(comparison: Comparison, task: Task) -> list[tuple[str, pd.DataFrame]]:
    """For every training, whose it is and how often each class was taken for which; none of many classes."""
    labels = comparison.classes or ["0", "1"]
    if len(labels) > _MOST_CLASSES or (task == "multilabel" and len(comparison.outputs) > 1):
        return []
    truth = np.array(comparison.truth)[:, 0].astype(int)
    tables = []
    for whose, side in ((BASELINE, comparison.baseline), (BEST, comparison.best)):
        if side is None:
            continue
        outputs = np.array(side.predictions[: len(truth)], dtype=np.float64)
        chosen = outputs.argmax(axis=1) if task == "multiclass" else (outputs[:, 0] > 0.5).astype(int)
        counts = np.zeros((len(labels), len(labels)), dtype=int)
        np.add.at(counts, (truth, chosen), 1)
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        rows = [
            {"truth": true, "predicted": taken, "count": int(counts[i, j]), "share": float(shares[i, j])}
            for i, true in enumerate(labels)
            for j, taken in enumerate(labels)
        ]
        tables.append((whose, pd.DataFrame(rows)))
    return tables


def search_space(rows: Sequence[Row], columns: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """Every finished trial with the place of its values between 0 and 1, and the axes in their order.

    Off is at the bottom; numbers lie as they do on the (logarithmic, if they span decades) scale, words side
    by side. Only fixes of which more than one value was tried are axes.
    """
    shown = [row for row in rows if isinstance(row["skill"], int | float)]
    table = pd.DataFrame(
        {
            "trial": [row["trial"] for row in shown],
            "learned": ["learned" if row["status"] == "learning" else "did not learn" for row in shown],
            "text": [recipe_text(recipe_of(row)) or "the baseline as it is" for row in shown],
        }
    )
    axes: list[str] = []
    for column in columns:
        if column in FIXED_COLUMNS:
            continue
        cells = [row[column] for row in shown]
        if len(set(cells)) > 1 and len(axes) < _MOST_AXES:
            axes.append(fix_name(column))
            table[fix_name(column)] = _places(cells)
    skills = np.clip([float(row["skill"] or 0) for row in shown], 0.0, 1.0)
    table["skill"] = skills
    return table, [*axes, "skill"]


def _places(cells: Sequence[Any]) -> list[float]:
    present = [cell for cell in cells if cell is not None]
    if all(isinstance(cell, int | float) for cell in present):
        values = [float(cell) for cell in present]
        spans_decades = min(values) > 0 and max(values) / min(values) > 100
        scaled = {value: math.log(value) if spans_decades else value for value in values}
        low, high = min(scaled.values()), max(scaled.values())
        place = {
            value: 0.2 + 0.8 * ((scaled[value] - low) / (high - low) if high > low else 0.5)
            for value in values
        }
        return [0.0 if cell is None else place[float(cell)] for cell in cells]
    words = sorted({str(cell) for cell in present})
    order = {word: (number + 1) / len(words) for number, word in enumerate(words)}
    return [0.0 if cell is None else order[str(cell)] for cell in cells]
