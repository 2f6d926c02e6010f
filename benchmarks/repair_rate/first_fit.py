"""Repair by a list of rules: the first repair after which the training shows no symptom is taken.

It is in the manner of AutoTrainer (Zhang, Zhai, Ma and Shen, AUTOTRAINER: An Automatic DNN Training Problem
Detection and Repair System, ICSE 2021, https://doi.org/10.1109/ICSE43902.2021.00043), which knows five
problems and has an ordered list of repairs for each. Problems and order are AutoTrainer's; what it draws at
random (initialiser, optimizer) has a fixed order here. ELU stands for SELU and leaky ReLU, which remedy does
not have, and clipping by norm for clipping by value. Gaussian noise and SGD's momentum are left out. Like
AutoTrainer it leaves data, output layer and loss alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import chain
from typing import Literal

from benchmarks.repair_rate.trials import Trial, best
from remedy.fixes import drop_idle_fixes, get_fix
from remedy.plan import Plan, Recipe, recipe_key
from remedy.surgery.schedules import first_rate
from remedy.training import Status

Problem = Literal[
    "vanishing gradient", "exploding gradient", "dying ReLU", "oscillating loss", "slow convergence"
]

_ELU: Recipe = {"activation": "elu", "kernel_initializer": "lecun_uniform"}
_RELU: Recipe = {"activation": "relu", "kernel_initializer": "he_uniform"}
_TANH: Recipe = {"activation": "tanh", "kernel_initializer": "he_uniform"}
_NORMALISED: Recipe = {"batch_normalization": True}
_CLIPPED: Recipe = {"clipnorm": 1.0}
_INITIALISED: tuple[Recipe, ...] = tuple(
    {"kernel_initializer": name} for name in ("glorot_uniform", "he_normal", "lecun_normal")
)
_ADAM: Recipe = {"optimizer": "adam", "learning_rate": 0.001}
_OPTIMIZERS: tuple[Recipe, ...] = (
    {"optimizer": "nadam", "learning_rate": 0.001},
    _ADAM,
    {"optimizer": "rmsprop", "learning_rate": 0.001},
)
_PLATEAU: Recipe = {"reduce_lr_on_plateau": {"factor": 0.2, "patience": 5, "min_lr": 0.001}}
_LARGER_BATCHES: tuple[Recipe, ...] = tuple({"batch_size": size} for size in ("x2", "x4", "x8"))


def problems(symptoms: Collection[str], statuses: Collection[str]) -> list[Problem]:
    """What AutoTrainer would see in a training.

    Args:
        symptoms: the names of remedy's findings, of which those about gradients count.
        statuses: how the trainings of the baseline ended.

    >>> problems({"unscaled_target", "dead_units"}, {"flat"})
    ['dying ReLU', 'slow convergence']
    """
    shown: dict[Problem, bool] = {
        "vanishing gradient": "vanishing_gradient" in symptoms,
        "exploding gradient": "exploding_gradient" in symptoms or Status.DIVERGED in statuses,
        "dying ReLU": "dead_units" in symptoms,
        "oscillating loss": Status.OSCILLATING in statuses,
        "slow convergence": bool({Status.FLAT, Status.SLOW} & set(statuses)),
    }
    return [problem for problem, is_shown in shown.items() if is_shown]


def repairs(shown: Sequence[Problem], baseline: Plan) -> list[Recipe]:
    """What is tried for these problems, in order, as far as it changes the baseline."""
    rate = _rate(baseline)
    lower, higher = (
        [{"learning_rate": rate * factor**power} for power in (1, 2, 3)] if rate else []
        for factor in (0.1, 10.0)
    )
    rules: dict[Problem, Sequence[Recipe]] = {
        "vanishing gradient": (_ELU, _RELU, _NORMALISED),
        "exploding gradient": (_ELU, _RELU, _CLIPPED, _TANH, _NORMALISED),
        "dying ReLU": (_ELU, _NORMALISED, *_INITIALISED),
        "oscillating loss": (_ADAM, *lower, _PLATEAU, *_LARGER_BATCHES),
        "slow convergence": (*_OPTIMIZERS, *higher),
    }
    listed = chain.from_iterable(rules[problem] for problem in shown)
    possible = [_applicable(recipe, baseline) for recipe in listed]
    return list({recipe_key(recipe): recipe for recipe in possible if recipe}.values())


def first_fit(
    recipes: Sequence[Recipe], train: Callable[[Recipe], Trial], enough: Callable[[Sequence[Trial]], bool]
) -> list[Trial]:
    """Try one repair after the other until one leaves no symptom.

    Args:
        recipes: to try, in order.
        train: trains one of them.
        enough: asked about the trials so far; once it says so, no further one is started.
    """
    trials: list[Trial] = []
    for recipe in recipes:
        if enough(trials):
            break
        trials.append(train(recipe))
        if trials[-1].status is Status.LEARNING:
            break
    return trials


def taken(trials: Sequence[Trial], baseline_skill: float) -> Trial | None:
    """The repair that is taken: the one that left no symptom, else the best; `None` is the baseline."""
    if trials and trials[-1].status is Status.LEARNING:
        return trials[-1]
    return best(trials, baseline_skill)


def _applicable(recipe: Recipe, baseline: Plan) -> Recipe:
    possible = {
        name: value for name, value in recipe.items() if get_fix(name).not_applicable(baseline) is None
    }
    return drop_idle_fixes(baseline, possible)


def _rate(plan: Plan) -> float | None:
    rate = plan.optimizer.config.get("learning_rate")
    return first_rate(rate) if isinstance(rate, dict) else rate
