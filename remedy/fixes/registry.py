"""Finds the fixes: every module of this package that defines a `Fix` adds it to the catalogue."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from types import ModuleType

import remedy.fixes
from remedy.fixes.fix import Fix
from remedy.plan import Plan, Recipe


@functools.cache
def builtin_fixes() -> Mapping[str, Fix]:
    """All built-in fixes by name, in the order in which they are applied."""
    names = [
        info.name for info in pkgutil.iter_modules(remedy.fixes.__path__) if not info.name.startswith("_")
    ]
    found = [fix() for name in names for fix in _defined_in(importlib.import_module(f"remedy.fixes.{name}"))]
    return {fix.name: fix for fix in sorted(found, key=lambda fix: (fix.stage, fix.name))}


def _defined_in(module: ModuleType) -> Iterator[type[Fix]]:
    for _, member in inspect.getmembers(module, inspect.isclass):
        if (
            issubclass(member, Fix)
            and not inspect.isabstract(member)
            and member.__module__ == module.__name__
        ):
            yield member


def get_fix(name: str) -> Fix:
    """The fix of that name.

    Raises:
        KeyError: no fix is called that.
    """
    return builtin_fixes()[name]


def apply_recipe(plan: Plan, recipe: Recipe) -> Plan:
    """The baseline plan with every fix of the recipe applied, in the order of their stages.

    Args:
        plan: the baseline.
        recipe: fix name -> value; a fix that is absent or `None` is off.
    """
    for name, fix in builtin_fixes().items():
        if recipe.get(name) is not None:
            plan = fix.apply(plan, recipe[name])
    return plan


def drop_idle_fixes(plan: Plan, recipe: Recipe) -> Recipe:
    """The recipe without the fixes that change nothing: a depth that the baseline has already is no fix.

    Args:
        plan: the baseline.
        recipe: fix name -> value.
    """
    working = {}
    for name, fix in builtin_fixes().items():
        if recipe.get(name) is None:
            continue
        changed = fix.apply(plan, recipe[name])
        if changed != plan:
            working[name] = recipe[name]
        plan = changed
    return working
