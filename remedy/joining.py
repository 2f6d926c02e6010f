"""Joining a run that another process leads: as a worker, or as a second run of the same experiment."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import optuna

from remedy.distributed import (
    Duty,
    Published,
    Registry,
    Worker,
    check_same_experiment,
    check_same_training,
    describe,
    read_published,
)
from remedy.errors import StudyError
from remedy.phases import REPLICATED, STUDIES
from remedy.preparation import Prepared, prepare
from remedy.results.curves import Curves
from remedy.results.environment import describe_environment
from remedy.results.folder import StudyFolder
from remedy.results.model_store import model_path
from remedy.results.study_storage import open_studies
from remedy.run_progress import RunProgress, Silent
from remedy.search import ReplicateTerms, SaveCurve, SearchTerms, Studies, attach_curve, short_name
from remedy.training import EpochRecord
from remedy.workers import HeadStart, WorkerPool, worker_count

RUN_PATIENCE = 4.0
"""Seconds for which a second run waits for the first before it takes its place."""

_LOOK_EVERY = 0.5


def join_run(
    prepared: Prepared,
    environment: Mapping[str, Any],
    folder: StudyFolder,
    pool: WorkerPool,
    progress: RunProgress,
) -> None:
    """Help with a run of the same experiment until that is over or gone.

    Args:
        prepared: the experiment.
        environment: as `describe_environment` returns it.
        folder: of its results.
        pool: trains.
        progress: told how it went.

    Raises:
        StudyError: settings, data, model or fixes are not those of the run.
    """
    if prepared.experiment.search.storage is None and not folder.journal.exists():
        time.sleep(_LOOK_EVERY)  # the other one has only just begun
        return
    with closing(open_studies(prepared.experiment, folder, progress.noticed)) as studies:
        published = read_published(studies.open("search"))
        if published is None:
            time.sleep(_LOOK_EVERY)
            return
        check_same_experiment(describe(prepared, environment), published)
        trained = _work(prepared, studies, pool, Silent(), folder=folder, patience=RUN_PATIENCE)
    progress.noticed(f"that run is over or gone; {trained} of its trainings were finished here")


def work_for(
    studies: Studies,
    progress: RunProgress,
    *,
    folder: StudyFolder | None,
    overrides: Sequence[str],
    patience: float,
    ahead: HeadStart | None = None,
) -> int:
    """Train what the run of a study gives out, until there is a verdict.

    Args:
        studies: in the storage that the run works on.
        progress: told about every training here.
        folder: of the results, if this process shares it with the run.
        overrides: `key=value` each, where something is at another place than for the run.
        patience: seconds for which it waits for a run.
        ahead: workers that were started ahead.

    Returns:
        How many trainings were finished.

    Raises:
        StudyError: there is nothing to do, or data or model are not those of the run.
    """
    published = _wait_for_experiment(studies.open("search"), patience, progress.noticed)
    prepared = prepare_published(published, overrides)
    count = worker_count(prepared.experiment.search.workers)
    with WorkerPool(prepared.dataset, count, ahead=ahead) as pool:
        return _work(prepared, studies, pool, progress, folder=folder, patience=patience)


def prepare_published(published: Published, overrides: Sequence[str] = ()) -> Prepared:
    """The experiment of a run, prepared here.

    Raises:
        StudyError: data, model or fixes are not those of the run.
    """
    prepared = prepare(dict(published.experiment), overrides)
    environment = describe_environment(prepared.experiment, prepared.dataset, prepared.baseline, [], 0)
    check_same_training(describe(prepared, environment), published)
    return prepared


def _wait_for_experiment(search: optuna.Study, patience: float, tell: Callable[[str], None]) -> Published:
    began = time.monotonic()
    while (published := read_published(search)) is None:
        if time.monotonic() - began > patience:
            raise StudyError(f"no run has begun within {patience:.0f} s; start it with: remedy run FILE")
        if time.monotonic() - began < _LOOK_EVERY:
            tell("waiting for a run to begin")
        time.sleep(_LOOK_EVERY)
    return published


def _work(
    prepared: Prepared,
    studies: Studies,
    pool: WorkerPool,
    progress: RunProgress,
    *,
    folder: StudyFolder | None,
    patience: float,
) -> int:
    with tempfile.TemporaryDirectory(prefix="remedy-models-") as scratch:
        shares_folder = folder is not None and not studies.prefix
        place = folder.path if folder is not None and shares_folder else Path(scratch)
        experiment = prepared.experiment
        min_skill = experiment.thresholds.min_skill
        opened = {name: studies.open(name) for name in STUDIES}
        search = SearchTerms(
            opened["search"], prepared.space, experiment.search, prepared.baseline, min_skill
        )
        replicates = ReplicateTerms(lambda recipe, seed: model_path(place / "models", recipe, seed))
        duty = Duty(
            opened,
            prepared.baseline,
            min_skill,
            {"search": search, **dict.fromkeys(REPLICATED, replicates)},
            _keeper(place) if shares_folder else attach_curve,
        )
        registry = Registry(studies.storage, studies.prefix)
        return Worker(duty, registry, pool, progress, patience=patience).run()


def _keeper(folder: Path) -> SaveCurve:
    def save(trial: optuna.Trial, curve: tuple[EpochRecord, ...]) -> None:
        Curves(folder, short_name(trial.study)).save(trial.number, curve)

    return save
