"""Optuna's samplers by the names of the experiment file."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import optuna
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, TrialState

from remedy.errors import ConfigError
from remedy.search.space import SearchSpace

SamplerName = Literal["tpe", "random", "gp", "cmaes", "grid"]

MODEL_BASED: frozenset[SamplerName] = frozenset({"tpe", "gp"})
"""Those that draw at random until they have a model of the trials."""

STARTUP_TRIALS = 10
"""Trials that they need for it."""


def make_sampler(name: SamplerName, seed: int) -> BaseSampler:
    """A fresh sampler.

    `tpe` models the parameters of a branch jointly (`group=True`).

    Args:
        name: as in the experiment file.
        seed: sampling is repeatable for the same seed and the same finished trials.
    """
    with warnings.catch_warnings():
        # `group`, GP and brute force are marked experimental in Optuna 5.0.
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        match name:
            case "tpe":
                return optuna.samplers.TPESampler(
                    multivariate=True, group=True, n_startup_trials=STARTUP_TRIALS, seed=seed
                )
            case "random":
                return optuna.samplers.RandomSampler(seed=seed)
            case "gp":
                return optuna.samplers.GPSampler(n_startup_trials=STARTUP_TRIALS, seed=seed)
            case "cmaes":
                return optuna.samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False)
            case "grid":
                return _GridSampler(seed=seed)


def keeping(sampler: BaseSampler, parameters: Mapping[str, Any]) -> BaseSampler:
    """A sampler that leaves these parameters at their values, and proposes the others."""
    if not parameters:
        return sampler
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.PartialFixedSampler(dict(parameters), sampler)


def check_sampler(name: SamplerName, space: SearchSpace) -> None:
    """Refuse a grid over an infinite space.

    Raises:
        ConfigError: the message names the fix.
    """
    if name != "grid":
        return
    for fix, entry in space.fixes.items():
        if math.isinf(entry.size):
            raise ConfigError(
                f"search.sampler: grid needs finite spaces, but fixes.{fix} is a continuous range; "
                f"give a list of values or a step"
            )


class _GridSampler(optuna.samplers.BruteForceSampler):  # type: ignore[misc]
    def after_trial(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        """Keep quiet when the grid is used up.

        `Study.stop` works inside `optimize` only, and the search itself ends after as many trials as the grid
        has points.
        """
