"""Fix: a learning rate that rises and falls again and again."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter
from typing_extensions import TypedDict

from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import Choice, Parameters, Space, corners, parse_space
from remedy.plan import KerasObject, Plan
from remedy.surgery.schedules import CYCLICAL, PLATEAU, known_rate, rate_text, with_learning_rate

_CYCLE_LENGTHS, _MOST_CYCLES = 3, 1000


class Cycle(TypedDict):
    """The rates between which it goes up and down, and the epochs of one cycle, up and down."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    base: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    peak: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    epochs: Annotated[int, Field(ge=1)]


def _check_rise(cycle: dict[str, Any]) -> dict[str, Any]:
    if cycle["base"] > cycle["peak"]:
        raise ValueError(f"base ({cycle['base']:g}) is above peak ({cycle['peak']:g})")
    return cycle


_RISING: TypeAdapter[Any] = TypeAdapter(Annotated[Any, AfterValidator(_check_rise)])


class CyclicalLearningRate(Fix):
    """A triangular learning rate, set for every batch by a callback."""

    name = "cyclical_learning_rate"
    stage = Stage.SCHEDULE
    value_type = Cycle
    changes = (
        "Lets the learning rate rise evenly from `base` to `peak` and fall back again, batch by batch, over "
        "and over, each time within `epochs` epochs. It takes the place of the learning rate, of a learning "
        "rate schedule and of a ReduceLROnPlateau callback."
    )
    helps_when = (
        "The loss sits on a plateau or a saddle that a small rate does not leave, and no constant rate is "
        "both large enough to move on and small enough to settle."
    )
    source = (
        "Smith, Cyclical Learning Rates for Training Neural Networks (2017), https://arxiv.org/abs/1506.01186"
    )

    def default_space(self, plan: Plan) -> Space:
        """Rates around the usual ones, and cycles of which a whole number fits into the training.

        A training that stops in the middle of a cycle stops at its highest rate.
        """
        counts = range(1, min(plan.epochs // 2, _MOST_CYCLES) + 1)
        lengths = [plan.epochs // count for count in counts if plan.epochs % count == 0]
        return parse_space(
            {
                "base": {"low": 1e-5, "high": 1e-3, "log": True},
                "peak": {"low": 1e-3, "high": 1e-1, "log": True},
                "epochs": sorted(lengths[:_CYCLE_LENGTHS]) or [1],
            }
        )

    def cause(self, plan: Plan, value: dict[str, Any]) -> str:  # noqa: ARG002
        """What the rate did before."""
        return rate_text(plan)

    def explains_divergence(self, plan: Plan, value: dict[str, Any]) -> bool:
        """A rate that was lower than the new peak does not."""
        rate = known_rate(plan)
        return rate is not None and value["peak"] < rate

    def cure(self, plan: Plan, value: dict[str, Any]) -> str:  # noqa: ARG002
        """What it does."""
        return f"a cyclical learning rate ({value['base']:.2g} to {value['peak']:.2g})"

    def apply(self, plan: Plan, value: dict[str, Any]) -> Plan:
        """The plan whose last callback sets the rate; the optimizer starts from `base`."""
        others = (one for one in plan.callbacks if one.class_name not in {CYCLICAL, PLATEAU})
        callback = KerasObject(class_name=CYCLICAL, config=dict(value))
        return with_learning_rate(plan, value["base"]).replace(callbacks=(*others, callback))

    def check_value(self, value: Any) -> None:
        """Refuse a cycle that would fall first, too."""
        super().check_value(value)
        _RISING.validate_python(value)

    def check_space(self, space: Space) -> None:
        """Check the highest base together with the lowest peak, too, which may meet in a trial."""
        super().check_space(space)
        for option in space.options if isinstance(space, Choice) else (space,):
            if isinstance(option, Parameters):
                ends = {key: list(corners(inner)) for key, inner in option.spaces.items()}
                self.check_value(
                    {"base": max(ends["base"]), "peak": min(ends["peak"]), "epochs": ends["epochs"][0]}
                )
