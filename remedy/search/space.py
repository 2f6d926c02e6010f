"""The space of recipes: which fixes can be tried on this baseline, and with which values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from remedy.config import FixSetting
from remedy.errors import ConfigError
from remedy.fixes import Fix, Space, corners, get_fix, size, try_together
from remedy.plan import Plan


@dataclass(frozen=True)
class FixSpace:
    """One fix of the search: its values, and whether it can be off."""

    fix: Fix
    space: Space
    required: bool

    @property
    def size(self) -> float:
        """How many choices there are, off included; infinite for a continuous range."""
        return size(self.space) + (not self.required)


@dataclass(frozen=True)
class SearchSpace:
    """All fixes of the search by name, and the reasons why others have left it."""

    fixes: Mapping[str, FixSpace]
    ruled_out: Mapping[str, str]

    @property
    def size(self) -> float:
        """How many different recipes there are; infinite with a continuous range."""
        return math.prod(entry.size for entry in self.fixes.values())

    def plans(self, baseline: Plan) -> Iterator[Plan]:
        """The baseline, and what every single fix makes of it at the corners of its space."""
        yield baseline
        for entry in self.fixes.values():
            for value in corners(entry.space):
                yield entry.fix.apply(baseline, value)


def build_search_space(settings: Mapping[str, FixSetting], baseline: Plan) -> SearchSpace:
    """Fill in default spaces and leave out the fixes that have no meaning for the baseline.

    Args:
        settings: the `fixes` section of the experiment.
        baseline: the plan the fixes would change.

    Raises:
        ConfigError: no fix is left.
        UserCodeError: a fix of the user's own fails on the baseline, alone or beside another fix.
    """
    ruled_out = {}
    fixes = {}
    for name, setting in settings.items():
        fix = get_fix(name)
        if reason := fix.left_out(baseline, setting.space):
            ruled_out[name] = reason
        else:
            fixes[name] = FixSpace(fix, setting.space or fix.default_space(baseline), setting.required)
    if not fixes:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in ruled_out.items())
        raise ConfigError(f"no fix can be tried on this baseline ({reasons})")
    try_together(baseline, {name: entry.space for name, entry in fixes.items()})
    return SearchSpace(fixes, ruled_out)
