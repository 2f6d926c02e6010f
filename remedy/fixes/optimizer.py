"""Fix: another optimizer."""

from __future__ import annotations

from typing import Any, Literal

from remedy.fixes.fix import Fix, Stage
from remedy.fixes.space import Space, parse_space
from remedy.plan import KerasObject, Plan
from remedy.surgery.regularization import DEFAULT_DECAYS

_COMMON = (
    *("learning_rate", "weight_decay", "clipnorm", "clipvalue", "global_clipnorm"),
    *("use_ema", "ema_momentum", "ema_overwrite_frequency"),
    *("loss_scale_factor", "gradient_accumulation_steps"),
)
_MOMENTS = ("beta_1", "beta_2", "epsilon")
_OPTIMIZERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "adam": ("Adam", (*_MOMENTS, "amsgrad")),
    "adamw": ("AdamW", (*_MOMENTS, "amsgrad")),
    "nadam": ("Nadam", _MOMENTS),
    "adamax": ("Adamax", _MOMENTS),
    "sgd": ("SGD", ("momentum", "nesterov")),
    "rmsprop": ("RMSprop", ("rho", "momentum", "epsilon", "centered")),
    "adagrad": ("Adagrad", ("initial_accumulator_value", "epsilon")),
    "adadelta": ("Adadelta", ("rho", "epsilon")),
    "lion": ("Lion", ("beta_1", "beta_2")),
}
_RATES = {"SGD": 0.01, "ScheduleFreeAdamW": 0.0025}
"""Keras' default learning rates; 0.001 for all others."""


class Optimizer(Fix):
    """Another of Keras' optimizers at the same learning rate."""

    name = "optimizer"
    stage = Stage.OPTIMIZER
    new_graph = True
    value_type = Literal["adam", "adamw", "nadam", "adamax", "sgd", "rmsprop", "adagrad", "adadelta", "lion"]
    changes = (
        "Changes the optimizer's class. Learning rate or schedule, clipping, weight decay and whatever else "
        "both classes know stay; the other arguments are the new class's defaults."
    )
    helps_when = (
        "Gradients differ much in size between the variables, so that one step length does not suit them "
        "all, as with plain SGD in a recurrent network; or one optimizer hovers where another settles."
    )
    source = (
        "Kingma and Ba, Adam: A Method for Stochastic Optimization (2015), https://arxiv.org/abs/1412.6980; "
        "Schmidt, Schneider and Hennig, Descending through a Crowded Valley (2021), "
        "https://arxiv.org/abs/2007.01547"
    )

    def default_space(self, plan: Plan) -> Space:
        """Adam, RMSprop and Nadam without the baseline's own."""
        return parse_space(
            [
                name
                for name in ("adam", "rmsprop", "nadam")
                if _OPTIMIZERS[name][0] != plan.optimizer.class_name
            ]
        )

    def cause(self, plan: Plan, value: str) -> str:  # noqa: ARG002
        """What the optimizer was."""
        return f"the optimizer was {plan.optimizer.class_name}"

    def cure(self, plan: Plan, value: str) -> str:
        """What it is."""
        new, before = _OPTIMIZERS[value][0], plan.optimizer.class_name
        return new if new == before else f"{new} instead of {before}"

    def apply(self, plan: Plan, value: str) -> Plan:
        """The plan whose optimizer is of the class `value`."""
        class_name, own = _OPTIMIZERS[value]
        if plan.optimizer.class_name == class_name:
            return plan
        given = _defaults_to_keep(plan.optimizer.class_name, class_name) | plan.optimizer.config
        # `None` is Keras' default wherever it may stand, but AdamW refuses it as weight decay.
        arguments: dict[str, Any] = {
            name: argument
            for name, argument in given.items()
            if name in {*_COMMON, *own} and argument is not None
        }
        return plan.replace(optimizer=KerasObject(class_name=class_name, config=arguments))


def _defaults_to_keep(before: str, after: str) -> dict[str, float]:
    """Arguments that have to be written out when the class changes, because its defaults change too."""
    rates = {_RATES.get(name, 0.001) for name in (before, after)}
    kept = {"learning_rate": _RATES.get(before, 0.001)} if len(rates) > 1 else {}
    return kept | ({"weight_decay": DEFAULT_DECAYS[before]} if before in DEFAULT_DECAYS else {})
