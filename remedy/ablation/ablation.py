"""The ablation of a winning recipe: each fix alone, the winner without it, and the smallest recipe."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from remedy.ablation.bench import Bench, OutOfTimeError
from remedy.ablation.elimination import Elimination, Minimal
from remedy.ablation.roles import Comparison, Role, compare
from remedy.ablation.variant import Measure, Standard, Variant
from remedy.plan import Recipe
from remedy.training import Status


@dataclass(frozen=True)
class FixProof:
    """What the ablation says of one fix of the winner; `None` where the time did not suffice.

    Attributes:
        alone: mean skill of the baseline with this fix only.
        without: mean skill of the winner without it.
        drop: mean of the paired differences between the winner and the winner without it.
        drop_low: lower end of its interval; the intervals of all fixes hold together with 95 %.
        drop_high: upper end.
        role: the part it plays in the winner.
        in_minimal: whether the smallest recipe holds it.
        role_in_minimal: the part it plays there, where nothing is left that may stand in for it.
        without_status: how most trainings without it end, of the smallest recipe if that holds it, else of
            the winner.
        substitutes: fixes of which one is enough, this one or another.
    """

    fix: str
    value: Any
    alone: float | None = None
    without: float | None = None
    drop: float | None = None
    drop_low: float | None = None
    drop_high: float | None = None
    role: Role | None = None
    in_minimal: bool = False
    role_in_minimal: Role | None = None
    without_status: Status | None = None
    substitutes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ablation:
    """What is known of the winner's fixes.

    Attributes:
        fixes: in the winner's order.
        minimal: the smallest recipe; `None` if the time was up before it was found.
        finished: whether nothing is missing.
    """

    fixes: tuple[FixProof, ...]
    minimal: Variant | None
    finished: bool


def ablate(
    winner: Recipe, measure: Measure, standard: Standard, *, required: Collection[str] = ()
) -> Ablation:
    """Find out which fixes of a recipe are needed.

    Every variant is trained with the same seeds as the winner, so that differences are paired.

    Args:
        winner: a confirmed recipe that unsticks the loss.
        measure: trains variants.
        standard: the number of seeds, and what counts as stuck.
        required: fixes that no recipe may do without.

    Returns:
        Roles and the smallest recipe, as far as the time sufficed.
    """
    recipes = {fix: {name: value for name, value in winner.items() if name != fix} for fix in winner}
    singles = {fix: {fix: value} for fix, value in winner.items()}
    full, *variants = measure([winner, *recipes.values(), *singles.values()], standard.seeds)
    without = dict(zip(recipes, variants[: len(recipes)], strict=True))
    alone = dict(zip(singles, variants[len(recipes) :], strict=True))
    bench = Bench(measure, standard)
    comparisons: dict[str, Comparison] = {}
    minimal, substitutes, finished = None, dict[str, list[str]](), False
    with contextlib.suppress(OutOfTimeError):
        for fix, variant in without.items():
            comparisons[fix] = _comparison(full, variant, bench, standard)
        roles = {fix: comparison.role for fix, comparison in comparisons.items()}
        drops = {fix: comparison.drop for fix, comparison in comparisons.items()}
        elimination = Elimination(full, roles, bench, required)
        bench.variants(list(singles.values()))  # nothing of them must be missing
        minimal = elimination.minimal(alone, drops)
        substitutes = elimination.substitutes(minimal)
        finished = True
    return Ablation(
        fixes=tuple(
            _proof(
                fix,
                value,
                (alone[fix], without[fix]),
                comparisons.get(fix),
                minimal,
                _either(fix, substitutes),
            )
            for fix, value in winner.items()
        ),
        minimal=minimal.variant if minimal else None,
        finished=finished,
    )


def _comparison(full: Variant, without: Variant, bench: Bench, standard: Standard) -> Comparison:
    """The winner with and without a fix; that it helps or harms is believed if more seeds show it, too."""
    (full, without) = bench.variants([full.recipe, without.recipe])
    comparisons = len(full.recipe)
    comparison = compare(full.records, without.records, standard, comparisons=comparisons)
    if comparison.role in {Role.HELPFUL, Role.HARMFUL}:
        return bench.closer_look(full.recipe, without.recipe, comparisons=comparisons)
    return comparison


def _proof(
    fix: str,
    value: Any,
    variants: tuple[Variant, Variant],
    comparison: Comparison | None,
    minimal: Minimal | None,
    substitutes: tuple[str, ...],
) -> FixProof:
    alone, without = variants
    last = minimal.comparisons.get(fix) if minimal else None
    closest = last or comparison
    return FixProof(
        fix,
        value,
        alone=alone.skill,
        without=without.skill,
        drop=comparison.drop if comparison else None,
        drop_low=comparison.drop_low if comparison else None,
        drop_high=comparison.drop_high if comparison else None,
        role=comparison.role if comparison else None,
        in_minimal=minimal is not None and fix in minimal.variant.recipe,
        role_in_minimal=last.role if last else None,
        without_status=closest.status if closest else None,
        substitutes=substitutes,
    )


def _either(fix: str, substitutes: Mapping[str, list[str]]) -> tuple[str, ...]:
    """The fixes that stand in for this one, whichever of them the smallest recipe holds."""
    found = [*substitutes.get(fix, ()), *(kept for kept, others in substitutes.items() if fix in others)]
    return tuple(dict.fromkeys(found))
