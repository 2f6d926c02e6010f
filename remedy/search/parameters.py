"""Recipes as Optuna parameters, in both directions.

A fix is one categorical, `off` or a choice, plus the dotted parameters of the branch that is taken:
`reduce_lr_on_plateau` is `off` or `on`, and when it is on there is a `reduce_lr_on_plateau.patience`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

from remedy.fixes import Choice, Fixed, Parameters, Range, Space, size, to_plain
from remedy.plan import Recipe, canonical_json
from remedy.search.space import FixSpace, SearchSpace

OFF = "off"
ON = "on"


class Suggests(Protocol):
    """The part of an Optuna trial that is used here."""

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        """One of the choices."""

    def suggest_float(self, name: str, low: float, high: float, *, step: float | None, log: bool) -> float:
        """A number."""

    def suggest_int(self, name: str, low: int, high: int, *, step: int, log: bool) -> int:
        """A whole number."""


def suggest_recipe(trial: Suggests, space: SearchSpace) -> Recipe:
    """Let the trial choose a value for every fix.

    Returns:
        The recipe; fixes that are off are absent.
    """
    recipe = {}
    for name, entry in space.fixes.items():
        labels, branches = _branches(entry)
        label = labels[0] if len(labels) == 1 else trial.suggest_categorical(name, labels)
        branch = branches[labels.index(label)]
        if branch is not None:
            recipe[name] = _suggest(trial, _branch_name(name, branch, branches), branch)
    return recipe


def recipe_parameters(recipe: Recipe, space: SearchSpace) -> dict[str, Any]:
    """The Optuna parameters for which `suggest_recipe` returns this recipe.

    Raises:
        ValueError: the recipe does not lie in the space.
    """
    parameters: dict[str, Any] = {}
    for name, entry in space.fixes.items():
        labels, branches = _branches(entry)
        value = recipe.get(name)
        for label, branch in zip(labels, branches, strict=True):
            inner = _locate(_branch_name(name, branch, branches), branch, value)
            if inner is not None:
                if len(labels) > 1:
                    parameters[name] = label
                parameters |= inner
                break
        else:
            raise ValueError(f"{name}: {value!r} does not lie in the search space")
    return parameters


def fix_parameters(recipe: Recipe, space: SearchSpace) -> dict[str, Any]:
    """The parameters of a recipe's fixes alone; the other fixes stay open.

    Raises:
        ValueError: a value does not lie in the space.
    """
    fixes = {name: entry for name, entry in space.fixes.items() if name in recipe}
    return recipe_parameters(recipe, replace(space, fixes=fixes))


def _branches(entry: FixSpace) -> tuple[list[Any], list[Space | None]]:
    """Labels of the fix's categorical and the space behind each; `None` is off."""
    options = entry.space.options if isinstance(entry.space, Choice) else (entry.space,)
    labels, branches = _labelled(options)
    return (labels, branches) if entry.required else ([OFF, *labels], [None, *branches])


def _labelled(options: tuple[Space, ...]) -> tuple[list[Any], list[Space | None]]:
    return [_label(option, alone=len(options) == 1) for option in options], list(options)


def _label(option: Space, *, alone: bool) -> Any:
    if isinstance(option, Fixed) and option.value is True:
        return ON
    if isinstance(option, Fixed) and isinstance(option.value, str | int | float):
        return option.value
    return ON if alone else canonical_json(to_plain(option))


def _branch_name(name: str, branch: Space | None, branches: list[Space | None]) -> str:
    """The name that the parameters of a branch begin with; several branches with parameters are numbered."""
    with_parameters = [other for other in branches if other is not None and size(other) > 1]
    if len(with_parameters) > 1 and branch in with_parameters:
        name = f"{name}.{with_parameters.index(branch) + 1}"
    # The fix's own name is taken by the categorical.
    return f"{name}.value" if isinstance(branch, Range | Choice) else name


def _suggest(trial: Suggests, name: str, space: Space | None) -> Any:
    match space:
        case None:
            return None
        case Fixed(value):
            return value
        case Range(low, high, log, step) if space.is_integer:
            return trial.suggest_int(name, int(low), int(high), step=int(step or 1), log=log)
        case Range(low, high, log, step):
            return trial.suggest_float(name, low, high, step=step, log=log)
        case Choice(options):
            labels, branches = _labelled(options)
            branch = branches[labels.index(trial.suggest_categorical(name, labels))]
            return _suggest(trial, _branch_name(name, branch, branches), branch)
        case Parameters(spaces):
            return {key: _suggest(trial, f"{name}.{key}", inner) for key, inner in spaces.items()}


def _locate(name: str, space: Space | None, value: Any) -> dict[str, Any] | None:
    """The parameters that lead to `value`, or `None` if the space does not hold it."""
    match space:
        case None:
            return {} if value is None else None
        case Fixed(fixed):
            return {} if fixed == value and type(fixed) is type(value) else None
        case Range(low, high):
            number = isinstance(value, int | float) and not isinstance(value, bool)
            return {name: value} if number and low <= value <= high else None
        case Choice(options):
            labels, branches = _labelled(options)
            for label, branch in zip(labels, branches, strict=True):
                inner = _locate(_branch_name(name, branch, branches), branch, value)
                if inner is not None:
                    return {name: label} | inner
            return None
        case Parameters(spaces):
            if not isinstance(value, dict) or value.keys() != spaces.keys():
                return None
            found = [_locate(f"{name}.{key}", inner, value[key]) for key, inner in spaces.items()]
            return (
                None if None in found else {key: item for part in found if part for key, item in part.items()}
            )
