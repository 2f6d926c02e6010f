"""`remedy diagnose`: why a training is stuck, without a search."""

from __future__ import annotations

from remedy.cli.options import ExperimentFile, Json, Settings


def diagnose(file: ExperimentFile, settings: Settings = None, json: Json = False) -> None:
    """Say why the loss is stuck, with evidence; search nothing.

    Trains the baseline for some hundred batches, looks at data, gradients and weights, and writes nothing.
    """
    from remedy.cli.diagnose_experiment import diagnose_experiment

    diagnose_experiment(file, settings or [], json=json)
