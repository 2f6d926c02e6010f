"""A number that a symptom is told by, with the threshold beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Evidence:
    """One measured number.

    Attributes:
        what: what was measured, in words, such as `largest magnitude`.
        value: may be NaN or infinite if that is what was found.
        threshold: what the value is compared with; a pair is the range outside of which it is suspicious;
            `None` if the number is told for comparison only.
        at: the feature, layer, class or step that it belongs to.
    """

    what: str
    value: float
    threshold: float | tuple[float, float] | None = None
    at: str | None = None

    def to_plain(self) -> dict[str, Any]:
        """As JSON data; numbers that are not finite become text."""
        plain: dict[str, Any] = {"value": _plain(self.value)}
        if self.threshold is not None:
            bounds = self.threshold if isinstance(self.threshold, tuple) else (self.threshold,)
            plain["threshold"] = [*map(_plain, bounds)] if len(bounds) > 1 else _plain(bounds[0])
        return plain if self.at is None else plain | {"at": self.at}


def evidence_to_plain(evidence: tuple[Evidence, ...]) -> dict[str, Any]:
    """What was measured -> number, threshold and place; a place is added where a name occurs twice.

    >>> evidence_to_plain((Evidence("largest magnitude", 255.0, 10.0, "pixel"),))
    {'largest magnitude': {'value': 255.0, 'threshold': 10.0, 'at': 'pixel'}}
    """
    names = [one.what for one in evidence]
    return {
        one.what if names.count(one.what) == 1 else f"{one.what} ({one.at})": one.to_plain()
        for one in evidence
    }


def _plain(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)
