"""The tables behind the charts of a report."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from remedy.inert import legible
from remedy.plan import Task
from remedy.report.gather import BASELINE, BEST
from remedy.results.comparison_file import Comparison
from remedy.results.trials_file import FIXED_COLUMNS, Row, fix_name
from remedy.wording.text import skill_text, value_text

_MOST_CLASSES = 25
_MOST_AXES = 11
_LINE = 11
"""Characters of a line of an axis' name."""
_ROOM = 0.07
"""Between two labels of an axis."""
_MOST_VALUES = 8
"""Of an axis with more, only the ends are named."""
_BUNDLE = 0.08
"""The width of all trials together where they have the same value."""


def layer_gradients(
    diagnosis: Mapping[str, Any] | None, comparison: Comparison | None
) -> tuple[pd.DataFrame, list[str]]:
    """The gradient norm of every layer before the first step.

    Returns:
        A table (`layer`, `whose`, `gradient`) without those that have none, and all layers from input to
        output.
    """
    order: list[str] = []
    rows = []
    for whose, measured in _measured(diagnosis, comparison):
        place = 0
        for layer in measured["layers"]:
            if layer["name"] not in order:
                order.insert(place, layer["name"])
            place = order.index(layer["name"]) + 1
            if layer["gradient_start"]:
                rows.append({"layer": layer["name"], "whose": whose, "gradient": layer["gradient_start"]})
    return pd.DataFrame(rows, columns=["layer", "whose", "gradient"]), order


def without_time_gradient(
    diagnosis: Mapping[str, Any] | None, comparison: Comparison | None
) -> list[tuple[str, str]]:
    """Whose gradient does not arrive, and at which tenth of the time steps."""
    missing = [
        (whose, f"{end} tenth")
        for whose, measured in _measured(diagnosis, comparison)
        for found in measured["through_time"]
        for end in ("first", "last")
        if not found[end]
    ]
    return list(dict.fromkeys(missing))


def time_gradients(diagnosis: Mapping[str, Any] | None, comparison: Comparison | None) -> pd.DataFrame:
    """The gradient at the first and the last tenth of the time steps: `input`, `whose`, `at`, `gradient`."""
    rows = [
        {"input": found["input"], "whose": whose, "at": f"{end} tenth", "gradient": found[end]}
        for whose, measured in _measured(diagnosis, comparison)
        for found in measured["through_time"]
        for end in ("first", "last")
        if found[end]
    ]
    return pd.DataFrame(rows, columns=["input", "whose", "at", "gradient"])


def _measured(
    diagnosis: Mapping[str, Any] | None, comparison: Comparison | None
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What the first batches of baseline and best recipe have shown, as far as that is known."""
    before = (diagnosis or {}).get("measured")
    after = comparison.best.measured if comparison is not None and comparison.best is not None else None
    for whose, measured in ((BASELINE, before), (BEST, after)):
        if measured is not None:
            yield whose, measured


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
    """How often each class was taken for which: a title and a table each; none of many classes.

    For every training, or, where several labels can hold at once, for every label with the best recipe (with
    the baseline, if there is none).
    """
    sides = [(BASELINE, comparison.baseline), (BEST, comparison.best)]
    known = [(whose, side) for whose, side in sides if side is not None]
    count = len(comparison.rows)
    truth = np.array(comparison.truth)
    if task == "multilabel" and len(comparison.outputs) > 1:
        [(whose, side)] = known[-1:]
        outputs = np.array(side.predictions[:count], dtype=np.float64)
        return [
            (
                f"{legible(name)}, {whose}",
                _confusion(truth[:, label].astype(int), (outputs[:, label] > 0.5).astype(int), ["no", "yes"]),
            )
            for label, name in enumerate(comparison.outputs)
        ]
    labels = comparison.classes or ["0", "1"]
    if len(labels) > _MOST_CLASSES:
        return []
    tables = []
    for whose, side in known:
        outputs = np.array(side.predictions[:count], dtype=np.float64)
        taken = outputs.argmax(axis=1) if task == "multiclass" else (outputs[:, 0] > 0.5).astype(int)
        tables.append((whose, _confusion(truth[:, 0].astype(int), taken, labels)))
    return tables


def _confusion(truth: NDArray[Any], taken: NDArray[Any], labels: Sequence[str]) -> pd.DataFrame:
    # A model may have more outputs than there are classes.
    across = [*labels, "no such class"] if (taken >= len(labels)).any() else labels
    counts = np.zeros((len(labels), len(across)), dtype=int)
    np.add.at(counts, (truth, np.minimum(taken, len(labels))), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return pd.DataFrame(
        {"truth": true, "predicted": other, "count": int(counts[i, j]), "share": float(shares[i, j])}
        for i, true in enumerate(labels)
        for j, other in enumerate(across)
    )


@dataclass(frozen=True)
class Space:
    """The trials as lines from axis to axis.

    Attributes:
        lines: a row per trial and axis: `trial`, `learned`, `axis`, `place` (about 0 to 1) and `value`
            (a text).
        labels: what stands at the axes: `axis`, `place` and `label`.
        axes: how many there are, skill among them.
        left_out: how many fixes vary, but have no axis.
    """

    lines: pd.DataFrame
    labels: pd.DataFrame
    axes: int
    left_out: int


def search_space(rows: Sequence[Row], columns: Sequence[str], effects: Sequence[Mapping[str, Any]]) -> Space:
    """Every trial that has a skill, with the places of its values.

    Off is at the bottom; numbers lie as they do on their (logarithmic, if they span decades) scale, words
    side by side. Only fixes of which more than one value was tried have an axis, and of many those to which
    the skill owes most.

    Args:
        rows: the ranked trials.
        columns: of `rows`.
        effects: as in the verdict.
    """
    shown = [row for row in rows if isinstance(row["skill"], int | float)]
    importance = {effect["fix"]: effect["importance"] or 0.0 for effect in effects}
    varied = [
        column
        for column in columns
        if column not in FIXED_COLUMNS and len({row[column] for row in shown}) > 1
    ]
    ranked = sorted(varied, key=lambda column: -importance.get(fix_name(column).partition(".")[0], 0.0))
    kept = set(ranked[:_MOST_AXES])
    lines: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    axes = [column for column in varied if column in kept]
    for column in axes:
        cells = [row[column] for row in shown]
        name, places = axis_text(fix_name(column)), _places(cells)
        lines += [
            {"axis": name, "place": place, "value": "off" if cell is None else value_text(cell)}
            for place, cell in zip(_bundled(places), cells, strict=True)
        ]
        labels += [{"axis": name, "place": place, "label": label} for place, label in _labels(cells, places)]
    skills = [float(row["skill"] or 0) for row in shown]
    lines += [
        {"axis": "skill", "place": min(max(skill, 0.0), 1.0), "value": skill_text(skill)} for skill in skills
    ]
    labels += [{"axis": "skill", "place": place, "label": skill_text(place, 1)} for place in (0.0, 0.5, 1.0)]
    for number, line in enumerate(lines):
        row = shown[number % len(shown)]
        line |= {"trial": row["trial"], "learned": row["status"] == "learning"}
    return Space(
        pd.DataFrame(lines, columns=["trial", "learned", "axis", "place", "value"]).round({"place": 4}),
        pd.DataFrame(labels, columns=["axis", "place", "label"]).round({"place": 4}),
        len(axes) + 1,
        len(varied) - len(axes),
    )


def axis_text(name: str) -> str:
    r"""A name in lines that fit below each other.

    >>> axis_text("reduce_lr_on_plateau.min_lr")
    'reduce_lr\non_plateau\nmin_lr'
    """
    lines: list[str] = []
    for part in legible(name).split("."):
        lines.append("")
        for word in part.split("_"):
            joined = f"{lines[-1]}_{word}" if lines[-1] else word
            if len(joined) > _LINE and lines[-1]:
                lines.append(word)
            else:
                lines[-1] = joined
    return "\n".join(lines)


def _labels(cells: Sequence[Any], places: Sequence[float]) -> list[tuple[float, str]]:
    """Where which value stands, from the bottom, as far as they leave each other room."""
    texts = {
        place: "off" if cell is None else value_text(cell) for place, cell in zip(places, cells, strict=True)
    }
    ordered = sorted(texts)
    if len(ordered) > _MOST_VALUES:
        ordered = [*ordered[:2], ordered[-1]]
    kept: list[float] = []
    for place in sorted(ordered, key=lambda place: (place not in (ordered[0], ordered[-1]), place)):
        if all(abs(place - other) >= _ROOM for other in kept):
            kept.append(place)
    return [(place, texts[place]) for place in sorted(kept)]


def _bundled(places: Sequence[float]) -> list[float]:
    """Trials with the same value side by side, the better ones above, so that each of them is seen."""
    few = len(set(places)) <= _MOST_VALUES
    middle = (len(places) - 1) / 2
    return [
        place + _BUNDLE * (middle - number) / max(len(places), 20) if few or place == 0 else place
        for number, place in enumerate(places)
    ]


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
