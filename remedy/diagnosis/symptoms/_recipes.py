"""Which treatment has an effect on a training."""

from __future__ import annotations

from remedy.fixes import apply_recipe, get_fix
from remedy.plan import Plan, Recipe


def first_effective(plan: Plan, *recipes: Recipe) -> Recipe:
    """The first recipe whose fixes apply to the plan and change it; an empty one if there is none."""
    for recipe in recipes:
        applies = all(get_fix(name).not_applicable(plan) is None for name in recipe)
        if applies and apply_recipe(plan, recipe) != plan:
            return recipe
    return {}
