"""A variant of the winning recipe, how it was trained, and what it is measured against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from remedy.plan import Recipe
from remedy.search import Confirmation, TrialRecord, confirm
from remedy.training import STUCK, Status


@dataclass(frozen=True)
class Standard:
    """What decides whether a training, or a recipe, counts as cured.

    Attributes:
        seeds: with how many seeds every variant is trained.
        bar: the skill that counts as learning.
        plateaued: the baseline learns, but stays below the bar; then so does whatever is stuck.
    """

    seeds: int
    bar: float
    plateaued: bool = False

    def is_stuck(self, record: TrialRecord) -> bool:
        """Whether the loss of a training is stuck; one that failed says nothing about its loss."""
        return record.status in STUCK or (self.plateaued and record.skill < self.bar)

    def mostly_stuck(self, records: Sequence[TrialRecord]) -> bool:
        """Whether more than half of all the seeds are stuck, whatever those not trained yet would do."""
        return sum(map(self.is_stuck, records)) > self.seeds / 2

    def is_enough(self, records: Sequence[TrialRecord]) -> bool:
        """Whether no further seed is worth training: most are stuck, or the recipe cannot be trained."""
        return self.mostly_stuck(records) or any(record.status is Status.FAILED for record in records)


@dataclass(frozen=True)
class Variant:
    """A recipe and its trainings.

    Attributes:
        recipe: without fixes that change nothing.
        records: in the order of the seeds; fewer than there are seeds if most of them were stuck, one failed,
            or the time was up.
    """

    recipe: Recipe
    records: tuple[TrialRecord, ...]

    def is_decided(self, standard: Standard) -> bool:
        """Whether nothing is missing that could change what is said about it."""
        return len(self.records) >= standard.seeds or standard.is_enough(self.records)

    @property
    def skill(self) -> float | None:
        """Mean validation skill; minus infinity if a training diverged, `None` without any."""
        return self.summary().skill if self.records else None

    def summary(self) -> Confirmation:
        """Mean and interval over its trainings, of which there must be one at least."""
        return confirm(self.recipe, self.records)


class Measure(Protocol):
    """Trains recipes with the ablation's seeds, and never one that is trained already."""

    def __call__(self, recipes: Sequence[Recipe], seeds: int) -> list[Variant]:
        """The variants in the order of the recipes, trained with the first so many seeds."""
