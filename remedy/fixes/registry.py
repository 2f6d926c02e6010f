"""Finds the fixes: those of this package, those of installed packages, and those that an experiment names."""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import inspect
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType

import remedy.fixes
from remedy.errors import UserCodeError
from remedy.fixes._own_fix import OwnFix, load_own_fix, own_fix
from remedy.fixes.fix import Fix
from remedy.fixes.space import Space, corners
from remedy.plan import Plan, Recipe
from remedy.user_code import blaming

ENTRY_POINTS = "remedy.fixes"
"""The group in which an installed package announces its fixes: name of the fix -> class."""

_BUILT_IN = "remedy"

_own: dict[str, tuple[OwnFix, str]] = {}
"""The fixes that experiments have named in this process, with the references under which they did."""


def builtin_fixes() -> Mapping[str, Fix]:
    """All fixes of remedy and of installed packages by name, in the order in which they are applied.

    Raises:
        UserCodeError: a fix of an installed package cannot be used.
    """
    return {name: fix for name, (fix, _) in _catalogue().items()}


def known_fixes() -> Mapping[str, Fix]:
    """The same, and the fixes of the user's own that this process has loaded."""
    return _in_order((*builtin_fixes().values(), *(fix for fix, _ in _own.values())))


def package_of(name: str) -> str:
    """The package that a fix of the catalogue comes from."""
    return _catalogue()[name][1]


def is_shipped(name: str) -> bool:
    """Whether a fix is part of remedy itself."""
    return name in _catalogue() and package_of(name) == _BUILT_IN


def load_fix(reference: str, base: Path) -> Fix:
    """A fix of the user's own; from then on recipes can name it.

    Args:
        reference: `file.py:Class` or `package.module:Class`.
        base: the folder that a relative path starts from.

    Raises:
        UserCodeError: it cannot be loaded, is not a whole fix, or has the name of another one.
    """
    fix, reference = load_own_fix(reference, base)
    if fix.name in builtin_fixes():
        raise UserCodeError(
            f"the name {fix.name!r} is that of a fix of {package_of(fix.name)}; give it another one"
        )
    if fix.name in _own and _own[fix.name][1] != reference:
        other = _own[fix.name][1]
        raise UserCodeError(f"the name {fix.name!r} is that of {other} already; give it another one")
    _own[fix.name] = fix, reference
    return fix


def reference_to(name: str) -> str:
    """How an experiment file in whatever folder names the fix: by its name, or by the class of the user's."""
    return _own[name][1] if name in _own else name


def get_fix(name: str) -> Fix:
    """The fix of that name.

    Raises:
        KeyError: no fix is called that.
    """
    return known_fixes()[name]


def apply_recipe(plan: Plan, recipe: Recipe) -> Plan:
    """The baseline plan with every fix of the recipe applied, in the order of their stages.

    Args:
        plan: the baseline.
        recipe: fix name -> value; a fix that is absent or `None` is off.
    """
    for name, fix in known_fixes().items():
        if recipe.get(name) is not None:
            plan = fix.apply(plan, recipe[name])
    return plan


def drop_idle_fixes(plan: Plan, recipe: Recipe) -> Recipe:
    """The recipe without the fixes that make no difference to the plan that it leads to.

    A depth that the baseline has already is no fix, nor is a learning rate that a cyclical one overwrites.
    Of two fixes that stand in for each other the one that is applied first stays.

    Args:
        plan: the baseline.
        recipe: fix name -> value.
    """
    working = {name: recipe[name] for name in known_fixes() if recipe.get(name) is not None}
    complete = apply_recipe(plan, working)
    before = None
    while working != before:
        before = working
        for name in reversed(before):
            without = {other: value for other, value in working.items() if other != name}
            if apply_recipe(plan, without) == complete:
                working = without
    return working


def try_together(plan: Plan, spaces: Mapping[str, Space]) -> None:
    """Apply each fix of the user's own after and before each other fix, so that it fails now or not at all.

    Args:
        plan: the baseline.
        spaces: what a search would try, by the fixes' names.

    Raises:
        UserCodeError: it fails beside another fix.
    """
    for name in spaces.keys() & _own.keys():
        for value in corners(spaces[name]):
            for other in spaces.keys() - {name}:
                for other_value in corners(spaces[other]):
                    apply_recipe(plan, {name: value, other: other_value})
            first = {other: next(corners(space)) for other, space in spaces.items()}
            apply_recipe(plan, first | {name: value})


@functools.cache
def _catalogue() -> Mapping[str, tuple[Fix, str]]:
    names = [
        info.name for info in pkgutil.iter_modules(remedy.fixes.__path__) if not info.name.startswith("_")
    ]
    modules = (importlib.import_module(f"remedy.fixes.{name}") for name in names)
    found: dict[str, tuple[Fix, str]] = {
        fix.name: (fix(), _BUILT_IN) for module in modules for fix in _defined_in(module)
    }
    for entry in importlib.metadata.entry_points(group=ENTRY_POINTS):
        package = entry.dist.name if entry.dist else entry.value
        try:
            fix = _installed(entry, found)
        except UserCodeError as error:
            message = f"the fix {entry.name!r} of the installed package {package} cannot be used: {error}"
            raise UserCodeError(message, error.details) from error
        found[fix.name] = fix, package
    return {name: found[name] for name in _in_order(fix for fix, _ in found.values())}


def _installed(entry: importlib.metadata.EntryPoint, found: Mapping[str, tuple[Fix, str]]) -> Fix:
    with blaming(Path(entry.module), "importing it"):
        member = entry.load()
    fix = own_fix(member, entry.value)
    if fix.name != entry.name:
        raise UserCodeError(
            f"the entry point is called {entry.name!r}, the fix {fix.name!r}; give both the same name"
        )
    if fix.name in found:
        raise UserCodeError(f"{found[fix.name][1]} has a fix of that name; rename one of the two")
    return fix


def _defined_in(module: ModuleType) -> Iterator[type[Fix]]:
    for _, member in inspect.getmembers(module, inspect.isclass):
        if (
            issubclass(member, Fix)
            and not inspect.isabstract(member)
            and member.__module__ == module.__name__
        ):
            yield member


def _in_order(fixes: Iterable[Fix]) -> dict[str, Fix]:
    return {fix.name: fix for fix in sorted(fixes, key=lambda fix: (fix.stage, fix.name))}
