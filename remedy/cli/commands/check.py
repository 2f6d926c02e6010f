"""`remedy check`: look at an experiment without training."""

from __future__ import annotations

from remedy.cli.options import DEFAULT_RESULTS, ExperimentFile, Json, ResultsFolder, Settings


def check(
    file: ExperimentFile,
    results: ResultsFolder = DEFAULT_RESULTS,
    settings: Settings = None,
    json: Json = False,
) -> None:
    """Look at an experiment and its cost; train nothing.

    Validates it, prints what would be tried and how much there is to train, and writes nothing.
    Where an earlier run of the experiment is among the results, it also tells how long that takes.
    """
    from remedy.cli.check_experiment import check_experiment

    check_experiment(file, results, settings or [], json=json)
