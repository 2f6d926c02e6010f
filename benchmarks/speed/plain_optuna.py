"""A plain Optuna loop around Keras, as its tutorial writes it: `python -m benchmarks.speed.plain_optuna`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import keras
import optuna

from benchmarks.speed import workload
from benchmarks.speed.report import Report


def choose(trial: optuna.Trial) -> dict[str, Any]:
    """A point of the space."""
    clip = trial.suggest_categorical("clip", [True, False])
    return {
        "depth": trial.suggest_categorical("depth", workload.DEPTHS),
        "initializer": trial.suggest_categorical("initializer", workload.INITIALIZERS),
        "batch_normalization": trial.suggest_categorical("batch_normalization", [True, False]),
        "scaling": trial.suggest_categorical("scaling", workload.SCALINGS),
        "target_scaling": trial.suggest_categorical("target_scaling", workload.SCALINGS),
        "clipnorm": trial.suggest_float("clipnorm", *workload.CLIPNORMS, log=True) if clip else None,
        "learning_rate": trial.suggest_float("learning_rate", *workload.LEARNING_RATES, log=True),
    }


def main() -> None:
    """Search, and report every trial."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    report = Report(options.out)

    def objective(trial: optuna.Trial) -> float:
        keras.backend.clear_session()
        choice = choose(trial)
        model = workload.build(choice)
        workload.fit(model, choice)
        value = workload.judge(model, choice)
        report.trial(value, workload.EPOCHS)
        return value

    keras.utils.set_random_seed(options.seed)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=options.seed)
    optuna.create_study(direction="maximize", sampler=sampler).optimize(objective, options.trials)


if __name__ == "__main__":
    main()
