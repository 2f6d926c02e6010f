"""`comparison.json`: what the baseline and the winner make of the test split, and how the winner begins."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from remedy.errors import StudyError
from remedy.json_data import json_data
from remedy.plan import Recipe
from remedy.results.files import write_json
from remedy.results.folder import StudyFolder


@dataclass(frozen=True)
class Side:
    """One training.

    Attributes:
        recipe: empty for the baseline.
        seed: of the training.
        predictions: `(samples, outputs)`, in the target's units, for classes probabilities.
        measured: what the first batches of its recipe showed, with the seed of the search, as in the
            diagnosis of the baseline; in the form of `Measurements`, `None` if they were not measured.
    """

    recipe: Recipe
    seed: int
    predictions: list[list[float | None]]
    measured: dict[str, Any] | None = None


@dataclass(frozen=True)
class Comparison:
    """Two trainings side by side.

    Attributes:
        rows: of the source, in which the targets stand, one per sample of the test split.
        samples: how many the test split has, of which the first ones are here.
        outputs: names, one per column of `truth`.
        classes: labels behind class indices; empty unless there are any.
        in_order: whether the samples follow each other in time.
        truth: the targets, `(samples, outputs)`; of several classes the class index.
        baseline: `None` if all its trainings diverged.
        best: `None` if no recipe was confirmed.
    """

    rows: list[int]
    samples: int
    outputs: list[str]
    classes: list[str]
    in_order: bool
    truth: list[list[float]]
    baseline: Side | None
    best: Side | None


def write_comparison(folder: StudyFolder, comparison: Comparison) -> None:
    """Write it atomically."""
    write_json(folder.comparison, json_data(comparison))


def read_comparison(folder: StudyFolder) -> Comparison | None:
    """What was written; `None` if nothing was.

    Raises:
        StudyError: the file is damaged.
    """
    if not folder.comparison.exists():
        return None
    try:
        plain = json.loads(folder.comparison.read_text(encoding="utf-8"))
        sides = {name: None if plain[name] is None else Side(**plain[name]) for name in ("baseline", "best")}
        return Comparison(**(plain | sides))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StudyError(
            f"{folder.comparison}: cannot be read ({error}); delete it, and remedy run writes it again"
        ) from error
