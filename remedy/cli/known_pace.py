"""How long a run is likely to take, where an earlier run of the same experiment has shown the pace."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from remedy.cli.time_left import NOTHING, Span, seconds_for
from remedy.errors import StudyError
from remedy.phases import STUDIES
from remedy.preparation import Prepared
from remedy.results.environment import describe_environment
from remedy.results.folder import StudyFolder
from remedy.search import read_records
from remedy.workers import worker_count


@dataclass(frozen=True)
class Known:
    """What an earlier run tells.

    Attributes:
        folder: where it is.
        trainings: of which the pace is known.
        seconds: of a run from the start.
    """

    folder: Path
    trainings: int
    workers: int
    seconds: Span


def known_pace(prepared: Prepared, results: Path, trainings: dict[str, Span]) -> Known | None:
    """Look for an earlier run of the same experiment on the same data; there may be none.

    Args:
        prepared: the experiment.
        results: the folder that holds the studies.
        trainings: how many each phase takes.
    """
    experiment = prepared.experiment
    folder = StudyFolder(results / experiment.name)
    if not folder.journal.exists():
        return None
    workers = worker_count(experiment.search.workers)
    environment = describe_environment(experiment, prepared.dataset, prepared.baseline, [], workers)
    try:
        folder.check(experiment, environment)
    except StudyError:  # of another experiment, or other data
        return None
    known = {name: _durations(folder, name) for name in STUDIES}
    whole = [*known["baseline"], *known["confirmation"], *known["ablation"]]
    if not whole:
        return None
    seconds = NOTHING
    for name, count in trainings.items():
        pace = known["search"] if name == "search" and known["search"] else whole
        seconds += seconds_for(count, pace, workers)
    return Known(folder.path, len(whole) + len(known["search"]), workers, seconds)


def _durations(folder: StudyFolder, study: str) -> list[float]:
    records = read_records(folder.journal, study)
    return [record.seconds for record in records if math.isfinite(record.seconds)]
