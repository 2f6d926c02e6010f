"""`remedy check`: look at an experiment without training."""

from __future__ import annotations

from remedy.cli.options import ExperimentFile, Json, Settings


def check(file: ExperimentFile, settings: Settings = None, json: Json = False) -> None:
    """Validate an experiment, print what would be tried and what it costs; train nothing, write nothing."""
    from remedy.cli.check_experiment import check_experiment

    check_experiment(file, settings or [], json=json)
