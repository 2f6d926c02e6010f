"""How many trainings an ablation is likely to take."""

from __future__ import annotations


def likely_fixes(fixes: int) -> int:
    """How many fixes a winning recipe is likely to hold: half of those to choose from.

    >>> likely_fixes(5)
    3
    """
    return (fixes + 1) // 2


def expected_trainings(fixes: int, seeds: int) -> int:
    """The trainings of an ablation in which two fixes are needed and every fix alone is not enough.

    Each fix is left out once with all seeds and tried alone with as many as show that most are stuck; the
    rest is dropped at once, and each of the two that are left is tried without again.

    Args:
        fixes: of the winning recipe.
        seeds: of every variant.

    >>> expected_trainings(fixes=4, seeds=5)
    43
    """
    majority = seeds // 2 + 1
    if fixes < 3:  # leaving one out of two leaves the other one alone
        return 0 if fixes < 2 else seeds + majority
    return fixes * (seeds + majority) + seeds + 2 * majority


def most_trainings(fixes: int, seeds: int) -> int:
    """The trainings of an ablation that takes a closer look, with twice the seeds, at everything.

    Each fix is left out with twice the seeds and tried alone, and the elimination looks as closely at each
    fix of a recipe that gives none of them up. An ablation that keeps changing its smallest recipe may take
    even more.

    Args:
        fixes: of the winning recipe.
        seeds: of every variant.

    >>> most_trainings(fixes=4, seeds=5)
    105
    """
    if fixes < 3:  # as above; then there is hardly an elimination, either
        return seeds * (4 * fixes - 1) if fixes else 0
    return seeds * (5 * fixes + 1)
