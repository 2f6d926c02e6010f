"""The fixes, one file each, and the search spaces they span."""

from remedy.fixes.fix import Fix, Stage
from remedy.fixes.registry import (
    apply_recipe,
    builtin_fixes,
    drop_idle_fixes,
    get_fix,
    known_fixes,
    load_fix,
    package_of,
    reference_to,
    try_together,
)
from remedy.fixes.space import (
    Choice,
    Fixed,
    Parameters,
    Range,
    Space,
    SpaceError,
    corners,
    describe,
    parse_space,
    size,
    to_plain,
)
from remedy.surgery.initializers import Initializer

__all__ = [
    "Choice",
    "Fix",
    "Fixed",
    "Initializer",
    "Parameters",
    "Range",
    "Space",
    "SpaceError",
    "Stage",
    "apply_recipe",
    "builtin_fixes",
    "corners",
    "describe",
    "drop_idle_fixes",
    "get_fix",
    "known_fixes",
    "load_fix",
    "package_of",
    "parse_space",
    "reference_to",
    "size",
    "to_plain",
    "try_together",
]
