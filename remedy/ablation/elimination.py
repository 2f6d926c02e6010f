"""Backward elimination: from the winning recipe to the smallest one that is as good."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from remedy.ablation.bench import Bench
from remedy.ablation.roles import Comparison, Role
from remedy.ablation.variant import Variant
from remedy.plan import Recipe

TOLERANCE = 0.02
"""A smaller recipe may lose this much skill, or one standard error of the winner's if that is more."""

USEFUL = frozenset({Role.NEEDED, Role.HELPFUL})


@dataclass(frozen=True)
class Minimal:
    """The smallest recipe that is as good as the winner.

    Attributes:
        comparisons: for each of its fixes, the recipe with and without it.
    """

    variant: Variant
    comparisons: Mapping[str, Comparison]


class Elimination:
    """Drops fixes from the winner while its skill stays within the tolerance.

    Args:
        winner: with all its trainings.
        roles: of the winner's fixes.
        bench: trains variants.
        required: fixes that are never dropped.
    """

    def __init__(
        self, winner: Variant, roles: Mapping[str, Role | None], bench: Bench, required: Collection[str] = ()
    ) -> None:
        self._winner = winner
        self._roles = roles
        self._bench = bench
        self._required = frozenset(required)
        summary = winner.summary()
        self._floor = summary.skill - max(summary.error, TOLERANCE)

    def minimal(self, alone: Mapping[str, Variant], drops: Mapping[str, float]) -> Minimal:
        """The smallest recipe.

        A single fix that does it alone is as small as a recipe can be; of several the one with the cheapest
        training is taken. Else everything that the winner does not need is left out at once if that goes
        well, and then fix by fix, the least useful first, until none can be spared.

        Args:
            alone: each fix alone on the baseline.
            drops: the skill that the winner loses without each fix, by which they are ordered.

        Raises:
            OutOfTimeError: a training was not made for want of time.
        """
        singles = [
            variant
            for fix, variant in alone.items()
            if self._required <= {fix} and self._is_as_good(variant, self._winner)
        ]
        minimal = (
            min(singles, key=_cost_and_skill) if singles else self._one_by_one(self._without_idlers(), drops)
        )
        fixes = [fix for fix in minimal.recipe if fix not in self._required]
        return Minimal(
            minimal,
            {fix: self._bench.closer_look(minimal.recipe, _dropped(minimal.recipe, fix)) for fix in fixes},
        )

    def substitutes(self, minimal: Minimal) -> dict[str, list[str]]:
        """For each fix of the minimal recipe that the winner learns without: the fixes that replace it.

        Two that each add a little to the other are both helpful, and either may be enough all the same.

        Raises:
            OutOfTimeError: a training was not made for want of time.
        """
        recipe = minimal.variant.recipe
        spare = {
            fix: value
            for fix, value in self._winner.recipe.items()
            if fix not in recipe and self._roles[fix] is not Role.HARMFUL
        }
        found: dict[str, list[str]] = {}
        for fix in recipe:
            if self._roles[fix] is Role.NEEDED:
                continue
            variants = self._bench.variants(
                [_dropped(recipe, fix) | {other: value} for other, value in spare.items()]
            )
            found[fix] = [
                other
                for other, variant in zip(spare, variants, strict=True)
                if self._is_as_good(variant, minimal.variant)
            ]
        return found

    def _without_idlers(self) -> Variant:
        """The winner without everything that is neutral or harmful in it, if that is as good."""
        kept = {
            fix: value
            for fix, value in self._winner.recipe.items()
            if self._roles[fix] in USEFUL or fix in self._required
        }
        if not kept or len(kept) == len(self._winner.recipe):
            return self._winner
        (smaller,) = self._bench.variants([kept])
        return smaller if self._is_as_good(smaller, self._winner) else self._winner

    def _one_by_one(self, current: Variant, drops: Mapping[str, float]) -> Variant:
        """Drop fixes until each that is left has been tried in vain on what is left."""
        tried_in_vain: set[str] = set()
        while candidates := [fix for fix in current.recipe if fix not in self._required | tried_in_vain]:
            fix = min(candidates, key=lambda name: drops[name])
            (smaller,) = self._bench.variants([_dropped(current.recipe, fix)])
            if self._is_as_good(smaller, current):
                current = smaller
                tried_in_vain.clear()
            else:
                tried_in_vain.add(fix)
        return current

    def _is_as_good(self, smaller: Variant, current: Variant) -> bool:
        """Whether the skill is within the tolerance of the winner's, or nothing tells it from chance."""
        if not smaller.recipe or not self._bench.holds(smaller):
            return False
        if smaller.summary().skill >= self._floor:
            return True
        if self._bench.closer_look(current.recipe, smaller.recipe).role in USEFUL:
            return False
        return self._bench.stuck_seeds(smaller.recipe) <= self._bench.stuck_seeds(current.recipe)


def _dropped(recipe: Recipe, fix: str) -> Recipe:
    return {name: value for name, value in recipe.items() if name != fix}


def _cost_and_skill(variant: Variant) -> tuple[float, float]:
    cost = sum(record.epochs * record.parameters for record in variant.records) / len(variant.records)
    return cost, -variant.summary().skill
