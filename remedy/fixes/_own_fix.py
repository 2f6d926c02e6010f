"""Fixes that are not built in: classes of the user's, checked, that name their own line when they fail."""

from __future__ import annotations

import copy
import importlib
import importlib.util
import inspect
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError
from pydantic_core import PydanticSerializationError

from remedy.errors import UserCodeError
from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import Space, corners
from remedy.plan import Plan
from remedy.user_code import blaming, load_member

RESERVED_NAMES = frozenset({"rank", "trial", "status", "skill", "train_skill", "epochs", "seconds", "seed"})
"""What no fix of the user's can be called: columns that every table of trials has."""

_TEXTS = ("changes", "helps_when", "source")


class OwnFix(Fix):
    """A fix of the user's that cannot do harm: it gets copies, and what it raises names its own line.

    Args:
        fix: the user's.
        file: where its class is defined.
    """

    def __init__(self, fix: Fix, file: Path) -> None:
        self._fix = fix
        self._file = file
        self.cls = type(fix)
        for attribute in ("name", "stage", "new_graph", "value_type", *_TEXTS):
            setattr(self, attribute, getattr(fix, attribute))

    def default_space(self, plan: Plan) -> Space:
        """The values that the fix offers for this baseline.

        Raises:
            UserCodeError: it failed, or offers what it would not take.
        """
        space = self._call("default_space", self._fix.default_space, plan.model_copy(deep=True))
        if not isinstance(space, Space):
            raise self._mistake(f"default_space() returns {type(space).__name__}; wrap it: parse_space(...)")
        try:
            self.check_space(space)
        except ValidationError as error:
            raise self._mistake(
                f"its default space holds what its value_type refuses: {_first(error)}"
            ) from error
        return space

    def not_applicable(self, plan: Plan) -> str | None:
        """Why the fix has no meaning for this baseline.

        Raises:
            UserCodeError: it failed, or gives no text.
        """
        reason = self._call("not_applicable", self._fix.not_applicable, plan.model_copy(deep=True))
        if reason is not None and not isinstance(reason, str):
            raise self._mistake(f"not_applicable() returns {reason!r}; it must return the reason, or None")
        return reason

    def cause(self, plan: Plan, value: Any) -> str:
        """What was wrong with the baseline.

        Raises:
            UserCodeError: it failed, or gives no text.
        """
        return self._text("cause", self._fix.cause, plan, value)

    def explains_divergence(self, plan: Plan, value: Any) -> bool:
        """Whether what the fix changes can make a loss diverge.

        Raises:
            UserCodeError: it failed, or does not say.
        """
        method = self._fix.explains_divergence
        told = self._call(method.__name__, method, plan.model_copy(deep=True), copy.deepcopy(value))
        if not isinstance(told, bool):
            raise self._mistake(f"{method.__name__}() returns {told!r}; it must return True or False")
        return told

    def cure(self, plan: Plan, value: Any) -> str:
        """What the fix does.

        Raises:
            UserCodeError: it failed, or gives no text.
        """
        return self._text("cure", self._fix.cure, plan, value)

    def left_out(self, plan: Plan, space: Space | None = None) -> str | None:
        """Why a search has nothing to try with the fix.

        Raises:
            UserCodeError: it fails with a value that would be tried.
        """
        reason = super().left_out(plan, space)
        if reason is None:
            # A verdict that cannot be put into words would come to light after hours of training.
            for value in corners(space or self.default_space(plan)):
                self.cause(plan, value)
                self.explains_divergence(plan, value)
                self.cure(plan, value)
        return reason

    def apply(self, plan: Plan, value: Any) -> Plan:
        """The plan with the fix.

        Raises:
            UserCodeError: it failed, or returns something else than a plan of plain data.
        """
        changed = self._call("apply", self._fix.apply, plan.model_copy(deep=True), copy.deepcopy(value))
        if not isinstance(changed, Plan):
            raise self._mistake(f"apply() returns {type(changed).__name__}; it must return a plan")
        try:
            changed.model_dump_json(warnings="error")
        except PydanticSerializationError as error:
            raise self._mistake(f"apply() returns a plan of the wrong types: {_line(str(error))}") from error
        return changed

    def check_value(self, value: Any) -> None:
        """Refuse a value as the fix does."""
        self._check(self._fix.check_value, value)

    def check_space(self, space: Space) -> None:
        """Check a space as the fix does."""
        self._check(self._fix.check_space, space)

    def _check(self, check: Callable[[Any], None], value: Any) -> None:
        refused: ValidationError | None = None
        with blaming(self._file, f"{self.cls.__name__}.{check.__name__}()"):
            try:
                check(value)
            except ValidationError as error:
                refused = error
        if refused is not None:
            raise refused

    def _text(self, method: str, function: Callable[..., Any], plan: Plan, value: Any) -> str:
        text = self._call(method, function, plan.model_copy(deep=True), copy.deepcopy(value))
        if not isinstance(text, str) or not text.strip():
            raise self._mistake(f"{method}() returns {text!r}; it must return a text")
        return _line(text).removesuffix(".")

    def _call(self, method: str, function: Callable[..., Any], *arguments: Any) -> Any:
        with blaming(self._file, f"{self.cls.__name__}.{method}()"):
            return function(*arguments)

    def _mistake(self, message: str) -> UserCodeError:
        return UserCodeError(f"{_place(self.cls, self._file)}: {self.cls.__name__}: {message}")


def load_own_fix(reference: str, base: Path) -> tuple[OwnFix, str]:
    """Load a fix of the user's.

    Args:
        reference: `file.py:Class` or `package.module:Class`.
        base: the folder that a relative path starts from.

    Returns:
        The fix, and the reference with an absolute path.

    Raises:
        UserCodeError: there is no such class, or it is not a whole fix; one line that says where.
    """
    place, _, name = reference.rpartition(":")
    if not place or not name.isidentifier():
        raise UserCodeError("a fix of your own is written file.py:Class or package.module:Class")
    if place.endswith(".py"):
        # Path's own methods raise without a home and where links run in circles.
        file = Path(os.path.realpath(base / os.path.expanduser(place)))  # noqa: PTH111
        return own_fix(load_member(file, name), f"{file}: {name}"), f"{file}:{name}"
    return own_fix(_module_member(place, name), f"{place}: {name}"), reference


def own_fix(member: Any, label: str) -> OwnFix:
    """Check that something is a whole fix.

    Args:
        member: what ought to be a subclass of `Fix`.
        label: how it is called in messages.

    Raises:
        UserCodeError: it is not.
    """
    if not isinstance(member, type) or not issubclass(member, Fix):
        raise UserCodeError(f"{label} is no subclass of remedy.fixes.Fix; derive the class from it")
    file = Path(inspect.getfile(member))
    if problem := _problem(member):
        raise UserCodeError(f"{_place(member, file)}: {member.__name__}: {problem}")
    with blaming(file, f"{member.__name__}()"):
        fix = member()
    own = OwnFix(fix, file)
    if problem := _space_problem(own, getattr(member, "space", None)):
        raise UserCodeError(f"{_place(member, file)}: {member.__name__}: {problem}")
    return own


def _module_member(module_name: str, name: str) -> Any:
    with blaming(Path(module_name), "importing it"):
        spec = importlib.util.find_spec(module_name)
    if spec is None:
        raise UserCodeError(
            f"no module {module_name!r}; install it, or name the class's file instead: fixes.py:{name}"
        )
    with blaming(Path(spec.origin or module_name), "it"):
        module = importlib.import_module(module_name)
    if not hasattr(module, name):
        raise UserCodeError(f"{module_name} has no {name!r}; correct the name of the class")
    return getattr(module, name)


def _problem(cls: type[Fix]) -> str | None:
    """What a fix class lacks, and what to do."""
    for attribute in ("name", "stage", "value_type", *_TEXTS):
        if not hasattr(cls, attribute):
            return f"the class attribute {attribute!r} is missing"
    if cls.default_space is Fix.default_space and not hasattr(cls, "space"):
        return "the class attribute 'space' is missing, or a method default_space(plan)"
    if inspect.isabstract(cls):
        return f"the method {min(cls.__abstractmethods__)!r} is missing"
    if not isinstance(cls.name, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", cls.name):
        return f"the name {cls.name!r} must consist of small letters, digits and '_'"
    if cls.name in RESERVED_NAMES:
        return f"the name {cls.name!r} is that of a column in the tables; choose another one"
    if not isinstance(cls.stage, Stage):
        return (
            f"stage is {cls.stage!r}; it must be one of {', '.join(f'Stage.{stage.name}' for stage in Stage)}"
        )
    if not isinstance(cls.new_graph, bool):
        return f"new_graph is {cls.new_graph!r}; it must be True or False"
    for attribute in _TEXTS:
        text = getattr(cls, attribute)
        if not isinstance(text, str) or not text.strip():
            return f"{attribute} must be a text"
    try:
        TypeAdapter(cls.value_type)
    except PydanticUserError as error:
        return f"value_type is no type that pydantic can check: {_line(error.message)}"
    return None


def _space_problem(fix: OwnFix, space: Any) -> str | None:
    if space is None:
        return None
    if not isinstance(space, Space):
        return f"space is {space!r}; wrap it: parse_space({space!r})"
    try:
        fix.check_space(space)
    except ValidationError as error:
        return f"space holds what value_type refuses: {_first(error)}"
    return None


def _first(error: ValidationError) -> str:
    detail = error.errors(include_url=False)[0]
    return f"{detail['input']!r} ({_line(detail['msg'])})"


def _line(text: str) -> str:
    return " ".join(text.split())


def _place(cls: type[Fix], file: Path) -> str:
    try:
        return f"{file}:{inspect.getsourcelines(cls)[1]}"
    except OSError:
        return str(file)
