"""`remedy check`: look at an experiment without training."""

from __future__ import annotations

from remedy.cli.options import ExperimentFile, Json, Settings


def check(file: ExperimentFile, settings: Settings = None, json: Json = False) -> None:
    """Look at an experiment and its cost; train nothing.

    Validates it, prints what would be tried and how much there is to train, and writes nothing.
    """
    from remedy.cli.check_experiment import check_experiment

    check_experiment(file, settings or [], json=json)
