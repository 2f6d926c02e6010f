"""Fix: a ceiling on the norm of each variable's gradient."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import Range
from remedy.plan import Plan

_CLIPPING = frozenset({"clipnorm", "clipvalue", "global_clipnorm"})


class Clipnorm(Fix):
    """Gradient clipping by norm, variable by variable as Keras' `clipnorm` does it."""

    name = "clipnorm"
    stage = Stage.OPTIMIZER
    value_type = Annotated[float, Field(gt=0, allow_inf_nan=False)]
    space = Range(0.1, 10.0, log=True)
    changes = (
        "Scales the gradient of every variable down to this norm where it is larger; replaces `clipvalue` "
        "and `global_clipnorm`, as Keras takes only one of the three."
    )
    helps_when = (
        "Gradients explode, as in recurrent networks over long windows: the loss shows spikes or turns into"
        " NaN."
    )
    source = (
        "Pascanu, Mikolov and Bengio, On the Difficulty of Training Recurrent Neural Networks (2013), "
        "https://arxiv.org/abs/1211.5063"
    )

    def cause(self, plan: Plan, value: float) -> str:  # noqa: ARG002
        """How gradients were clipped before."""
        present = {name: plan.optimizer.config.get(name) for name in sorted(_CLIPPING)}
        given = [f"{name} {limit:.3g}" for name, limit in present.items() if limit is not None]
        return f"gradients were clipped by {given[0]}" if given else "gradients were never clipped"

    def cure(self, plan: Plan, value: float) -> str:  # noqa: ARG002
        """How they are clipped."""
        return f"clipping gradients at norm {value:.2g}"

    def apply(self, plan: Plan, value: float) -> Plan:
        """The plan whose optimizer clips at `value` and in no other way."""
        others = {name: argument for name, argument in plan.optimizer.config.items() if name not in _CLIPPING}
        return plan.replace(
            optimizer=plan.optimizer.model_copy(update={"config": others | {"clipnorm": value}}),
        )
