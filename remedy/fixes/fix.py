"""The base class of all fixes: one kind of change that may unstick a loss."""

from __future__ import annotations

import abc
import enum
from typing import Any, ClassVar

from pydantic import TypeAdapter

from remedy.fixes.space import Fixed, Space, corners, describe
from remedy.plan import Plan


class Stage(enum.IntEnum):
    """The part of a plan that a fix changes; fixes are applied in this order."""

    DATA = 0
    MODEL = 1
    OPTIMIZER = 2
    SCHEDULE = 3


class Fix(abc.ABC):
    """A pure function from plan to plan, with the space of values it may take.

    A subclass sets the class attributes and implements `apply`.

    Attributes:
        name: how experiment files, tables and recipes call the fix.
        stage: the part of the plan it changes.
        new_graph: whether the change makes another compiled graph necessary.
        value_type: the type of a value, checked by pydantic in strict mode.
        space: the default space, unless it depends on the baseline; see `default_space`.
        changes: what it changes, in one sentence.
        helps_when: when it helps, in one sentence.
        source: the paper or library page behind it.
    """

    name: ClassVar[str]
    stage: ClassVar[Stage]
    new_graph: ClassVar[bool] = False
    value_type: ClassVar[Any]
    space: ClassVar[Space]
    changes: ClassVar[str]
    helps_when: ClassVar[str]
    source: ClassVar[str]

    def default_space(self, plan: Plan) -> Space:  # noqa: ARG002
        """The values tried when the experiment file names none, for this baseline."""
        return self.space

    @abc.abstractmethod
    def apply(self, plan: Plan, value: Any) -> Plan:
        """The plan with this fix at `value`; `plan` itself stays as it is."""

    def not_applicable(self, plan: Plan) -> str | None:  # noqa: ARG002
        """Why the fix has no meaning for this baseline, as a clause without a full stop; `None` if it has."""
        return None

    def cause(self, plan: Plan, value: Any) -> str:  # noqa: ARG002
        """What was wrong with a baseline that needs this fix, as a clause without a full stop.

        Args:
            plan: the baseline.
            value: the value with which the fix helps.
        """
        return f"{self.name} was off"

    def explains_divergence(self, plan: Plan, value: Any) -> bool:  # noqa: ARG002
        """Whether what this fix changes can make a loss diverge; else its cause is not told of one that did.

        Args:
            plan: the baseline.
            value: the value with which the fix helps.
        """
        return True

    def cure(self, plan: Plan, value: Any) -> str:  # noqa: ARG002
        """What the fix does to this baseline: a noun phrase that "is enough" can follow.

        Args:
            plan: the baseline.
            value: the value with which the fix helps.
        """
        return f"{self.name} {describe(Fixed(value))}"

    def left_out(self, plan: Plan, space: Space | None = None) -> str | None:
        """Why a search has nothing to try with this fix, or `None` if it has.

        Args:
            plan: the baseline.
            space: the values that would be tried; `None` is the default space.
        """
        if reason := self.not_applicable(plan):
            return reason
        # Every value is applied, so that a fix that fails with one of them does so here and not in a trial.
        changed = [self.apply(plan, value) != plan for value in corners(space or self.default_space(plan))]
        if not any(changed):
            return "every value to try is what the baseline has already"
        return None

    def check_value(self, value: Any) -> None:
        """Refuse a value that `apply` could not use.

        Raises:
            pydantic.ValidationError: the value has the wrong type or lies outside what the fix allows.
        """
        TypeAdapter(self.value_type).validate_python(value, strict=True)

    def check_space(self, space: Space) -> None:
        """Check every option and bound of a space with `check_value`."""
        for value in corners(space):
            self.check_value(value)
