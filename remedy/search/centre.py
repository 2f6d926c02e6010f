"""Narrows the search for a learning rate to the surroundings of one that was measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from remedy.fixes import Range
from remedy.plan import Recipe
from remedy.search.space import SearchSpace

_RATE = "learning_rate"
_FACTOR = 30.0
"""One and a half powers of ten to either side, since the other fixes of a recipe move the best rate."""


def centred(space: SearchSpace, recipes: Iterable[Recipe]) -> SearchSpace:
    """The space with the range of the learning rate cut down to a factor of 30 around a rate.

    Args:
        space: stays as it is if it has no range of rates, or the rate lies outside of it.
        recipes: what a diagnosis points to; the first one that sets a rate counts.
    """
    entry = space.fixes.get(_RATE)
    rate = next((recipe[_RATE] for recipe in recipes if _RATE in recipe), None)
    if rate is None or entry is None or not isinstance(entry.space, Range) or not entry.space.log:
        return space
    if not entry.space.low <= rate <= entry.space.high:
        return space
    low, high = max(entry.space.low, rate / _FACTOR), min(entry.space.high, rate * _FACTOR)
    narrowed = replace(entry, space=replace(entry.space, low=low, high=high))
    return replace(space, fixes={**space.fixes, _RATE: narrowed})
