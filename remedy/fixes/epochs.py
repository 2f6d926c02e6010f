"""Fix: a longer training."""

from __future__ import annotations

from remedy.fixes._multiples import Count, count
from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import parse_space
from remedy.plan import Plan


class Epochs(Fix):
    """More epochs."""

    name = "epochs"
    stage = Stage.SCHEDULE
    value_type = Count
    space = parse_space(["x2", "x5"])
    changes = "Sets the number of epochs: a whole number, or a multiple of the baseline's such as x2."
    helps_when = "The loss still falls when the training ends: it is slow rather than stuck."
    source = (
        "Hoffer, Hubara and Soudry, Train Longer, Generalize Better (2017), https://arxiv.org/abs/1705.08741"
    )

    def cause(self, plan: Plan, value: int | str) -> str:
        """How many epochs there were."""
        epochs = "1 epoch was" if plan.epochs == 1 else f"{plan.epochs} epochs were"
        return f"{epochs} too {'many' if count(value, plan.epochs) < plan.epochs else 'few'}"

    def explains_divergence(self, plan: Plan, value: int | str) -> bool:
        """A training that was too short does not."""
        return count(value, plan.epochs) < plan.epochs

    def cure(self, plan: Plan, value: int | str) -> str:
        """How many there are."""
        epochs = count(value, plan.epochs)
        if isinstance(value, int):
            return f"a training of {epochs} epoch{'' if epochs == 1 else 's'}"
        return f"{value.removeprefix('x')} times the epochs ({epochs})"

    def apply(self, plan: Plan, value: int | str) -> Plan:
        """The plan with that many epochs."""
        return plan.replace(epochs=count(value, plan.epochs))
