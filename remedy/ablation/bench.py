"""Trains the variants that a question needs, and more seeds where the usual number cannot answer it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from remedy.ablation.roles import Comparison, compare
from remedy.ablation.variant import Measure, Standard, Variant
from remedy.plan import Recipe

_MORE_SEEDS = 2
"""So many times the usual number of seeds are trained for a closer look."""


class OutOfTimeError(Exception):
    """A variant could not be trained to the end."""


class Bench:
    """Variants and comparisons that lack nothing.

    Args:
        measure: trains variants.
        standard: the usual number of seeds, and what counts as stuck.
    """

    def __init__(self, measure: Measure, standard: Standard) -> None:
        self._measure = measure
        self._standard = standard
        self._closer = replace(standard, seeds=_MORE_SEEDS * standard.seeds)

    def variants(self, recipes: Sequence[Recipe]) -> list[Variant]:
        """Variants with the usual number of seeds.

        Raises:
            OutOfTimeError: a training was not made for want of time.
        """
        return _complete(self._measure(recipes, self._standard.seeds), self._standard)

    def closer_look(self, recipe: Recipe, smaller: Recipe, *, comparisons: int = 1) -> Comparison:
        """A recipe and a smaller one, with more seeds than usual unless the smaller one is stuck.

        Args:
            recipe: with a fix.
            smaller: without it.
            comparisons: see `compare`.

        Raises:
            OutOfTimeError: a training was not made for want of time.
        """
        usual, without = self.variants([recipe, smaller])
        if self._standard.mostly_stuck(without.records):
            return compare(usual.records, without.records, self._standard)
        more, without = self._with_more_seeds([recipe, smaller])
        return compare(more.records, without.records, self._closer, comparisons=comparisons)

    def stuck_seeds(self, recipe: Recipe) -> int:
        """How many of the seeds of a closer look are stuck.

        Raises:
            OutOfTimeError: a training was not made for want of time.
        """
        (variant,) = self._with_more_seeds([recipe])
        return sum(map(self._closer.is_stuck, variant.records))

    def _with_more_seeds(self, recipes: Sequence[Recipe]) -> list[Variant]:
        return _complete(self._measure(recipes, self._closer.seeds), self._closer)

    def holds(self, variant: Variant) -> bool:
        """Whether a variant unsticks the loss, as far as validation can tell."""
        complete = len(variant.records) >= self._standard.seeds
        return complete and variant.summary().holds(self._standard.bar)


def _complete(variants: list[Variant], standard: Standard) -> list[Variant]:
    if not all(variant.is_decided(standard) for variant in variants):
        raise OutOfTimeError
    return variants
