"""KerasTuner on the benchmark's space: `python -m benchmarks.speed.keras_tuner --tuner hyperband`."""

from __future__ import annotations

import argparse
import math
import tempfile
from pathlib import Path
from typing import Any

import keras
import keras_tuner

from benchmarks.speed import workload
from benchmarks.speed.report import Report


class Speed(keras_tuner.HyperModel):
    """The workload as KerasTuner takes it.

    Args:
        report: is told of every trial.
    """

    def __init__(self, report: Report) -> None:
        super().__init__()
        self._report = report

    def build(self, hp: Any) -> Any:
        """The model of a point of the space."""
        # R2 does not depend on how y was scaled, unlike the loss.
        return workload.build(self._choice(hp), metrics=[keras.metrics.R2Score(name="skill")])

    def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
        """Train it with what KerasTuner asks for, such as callbacks that keep the weights."""
        del args
        history = workload.fit(model, self._choice(hp), **kwargs)
        skills = history.history["val_skill"]
        self._report.trial(max(skills, key=lambda value: (math.isfinite(value), value)), len(skills))
        return history

    def _choice(self, hp: Any) -> dict[str, Any]:
        with_clipnorm = hp.Boolean("clip")
        clipnorm = hp.Float("clipnorm", *workload.CLIPNORMS, sampling="log")
        return {
            "depth": hp.Choice("depth", workload.DEPTHS),
            "initializer": hp.Choice("initializer", workload.INITIALIZERS),
            "batch_normalization": hp.Boolean("batch_normalization"),
            "scaling": hp.Choice("scaling", workload.SCALINGS),
            "target_scaling": hp.Choice("target_scaling", workload.SCALINGS),
            "clipnorm": clipnorm if with_clipnorm else None,
            "learning_rate": hp.Float("learning_rate", *workload.LEARNING_RATES, sampling="log"),
        }


def main() -> None:
    """Search, and report every trial."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tuner", choices=["random", "hyperband"], required=True)
    parser.add_argument("--trials", type=int, required=True, help="of the random search")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    keras.utils.set_random_seed(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        common = {
            "objective": keras_tuner.Objective("val_skill", "max"),
            "seed": options.seed,
            "directory": folder,
            "project_name": "speed",
        }
        model = Speed(Report(options.out))
        if options.tuner == "random":
            tuner = keras_tuner.RandomSearch(model, max_trials=options.trials, **common)
        else:
            tuner = keras_tuner.Hyperband(model, max_epochs=workload.EPOCHS, **common)
        tuner.search(verbose=0)


if __name__ == "__main__":
    main()
