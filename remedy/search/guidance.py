"""What a diagnosis tells a search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from remedy.plan import Recipe


@dataclass(frozen=True)
class Guidance:
    """Where a search begins; empty without a diagnosis.

    Attributes:
        basis: treats what surely is wrong, and is kept beside whatever the first trials try.
        treatments: what to try first, in this order.
        single: what to try once everything else to begin with has been tried in vain.
    """

    basis: Recipe = field(default_factory=dict)
    treatments: tuple[Recipe, ...] = ()
    single: tuple[Recipe, ...] = ()

    @property
    def recipes(self) -> Iterator[Recipe]:
        """All of them, the most important first."""
        yield self.basis
        yield from self.treatments
        yield from self.single


NO_GUIDANCE = Guidance()
"""That of a search without a diagnosis."""
