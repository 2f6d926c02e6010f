"""The recipes that a search begins with: what a diagnosis points to, and what the textbooks say."""

from __future__ import annotations

from typing import Any

from remedy.fixes import Choice, Fixed, Parameters, Range, Space, corners, drop_idle_fixes
from remedy.plan import Plan, Recipe, recipe_key
from remedy.search.guidance import NO_GUIDANCE, Guidance
from remedy.search.space import SearchSpace

TEXTBOOK_RECIPES: tuple[Recipe, ...] = (
    {
        "kernel_initializer": "glorot_uniform",
        "recurrent_initializer": "orthogonal",
        "optimizer": "adam",
        "learning_rate": 1e-3,
        "reduce_lr_on_plateau": {"factor": 0.1, "patience": 5, "min_lr": 1e-5},
    },
    {"scaling": "minmax", "target_scaling": "minmax", "batch_normalization": True},
    {"optimizer": "adam", "clipnorm": 1.0},
)
"""Xavier and orthogonal initialisation with Adam's default rate and a plateau schedule; MinMax scaling of X
and y with batch normalisation; Adam with clipped gradients."""

LONGER: Recipe = {"epochs": "x5"}
"""For trainings that get somewhere, but not in the time they have."""


def opening_recipes(space: SearchSpace, baseline: Plan, guidance: Guidance = NO_GUIDANCE) -> list[Recipe]:
    """The recipes that a search begins with, as far as the space holds them and they change something.

    A fix that the space lacks is left out, and a value is moved to the nearest one in the space. Where none
    is comparable, a treatment takes the fix's first value, and the textbook's recipe does without the fix. A
    fix that is required but not part of the recipe takes its first value, too.

    Args:
        space: the recipes to choose from.
        baseline: the plan that they would change.
        guidance: what a diagnosis points to; it comes before the textbook's recipes, which are tried on its
            basis.
    """
    basis = fitted(space, baseline, guidance.basis) or {}
    treatments = [fitted(space, baseline, recipe) for recipe in guidance.treatments]
    textbook = [
        fitted(space, baseline, basis | recipe, is_treatment=False)
        for recipe in TEXTBOOK_RECIPES
        if fitted(space, baseline, recipe, is_treatment=False)
    ]
    return list({recipe_key(recipe): recipe for recipe in treatments + textbook if recipe}.values())


def fitted(
    space: SearchSpace, baseline: Plan, proposed: Recipe, *, is_treatment: bool = True
) -> Recipe | None:
    """A recipe as far as the space holds it, see `opening_recipes`; `None` if nothing is left that acts."""
    recipe = {}
    for name, entry in space.fixes.items():
        value = nearest(entry.space, proposed[name]) if name in proposed else None
        if value is None and (entry.required or (is_treatment and name in proposed)):
            value = next(corners(entry.space))
        if value is not None:
            recipe[name] = value
    return recipe if proposed.keys() & drop_idle_fixes(baseline, recipe).keys() else None


def nearest(space: Space, value: Any) -> Any:
    """The value of the space that comes closest to `value`, or `None` if nothing is comparable.

    >>> nearest(Range(0.1, 10.0, log=True), 50.0)
    10.0
    >>> nearest(Choice((Fixed("minmax"), Fixed("standard"))), "robust") is None
    True
    """
    match space:
        case Fixed(fixed):
            return fixed if fixed == value or (_is_number(fixed) and _is_number(value)) else None
        case Range(low, high, _, step) if _is_number(value):
            clipped = min(max(value, low), high)
            width = step or (1 if space.is_integer else None)
            if width is None:
                return float(clipped)
            return low + min(round((clipped - low) / width), (high - low) // width) * width
        case Choice(options):
            found = [item for item in (nearest(option, value) for option in options) if item is not None]
            if _is_number(value):
                return min(found, key=lambda item: abs(item - value), default=None)
            return found[0] if found else None
        case Parameters(spaces) if isinstance(value, dict):
            return {
                key: next(
                    item for item in (nearest(inner, value.get(key)), *corners(inner)) if item is not None
                )
                for key, inner in spaces.items()
            }
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
