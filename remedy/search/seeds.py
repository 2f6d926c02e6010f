"""Training seeds: the search and the runs that check its findings never share one."""

from __future__ import annotations

FRESH = 10_000
"""Distance between the seeds of the search and the fresh ones; a search has fewer trials than that."""


def search_seed(seed: int, replicate: int) -> int:
    """The seed of a trial of the search.

    Args:
        seed: the experiment's seed.
        replicate: how often the search has trained the same recipe before.
    """
    return seed + replicate


def fresh_seeds(seed: int, count: int) -> list[int]:
    """Seeds for the baseline and for confirmation, the same for every recipe, so that runs can be paired.

    >>> fresh_seeds(0, 3)
    [10000, 10001, 10002]
    """
    return [seed + FRESH + index for index in range(count)]
