"""From experiment to verdict: prepare, baseline, probe, diagnose, search, confirm, ablate, conclude."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from pathlib import Path
from typing import Any

from remedy.ablation import Standard
from remedy.conclusion import Findings, conclude
from remedy.config import Experiment, is_on_cluster
from remedy.dask_cluster import Whereabouts, on_dask
from remedy.diagnosis import Diagnosis, load_probes
from remedy.distributed import Registry, describe, lead, publish
from remedy.errors import BaselineError, RemedyError, StudyBusyError, StudyError, TrainingError
from remedy.examination import examine, measure
from remedy.joining import join_run
from remedy.phases import REPLICATED, STUDIES, Phases
from remedy.preparation import Prepared, prepare
from remedy.report import write_report
from remedy.results.decision import beats, is_fine, skill_to_reach
from remedy.results.diagnosis_file import diagnosis_of, guidance_of, read_diagnosis
from remedy.results.environment import describe_environment
from remedy.results.folder import StudyFolder
from remedy.results.learnability_file import learnability_of
from remedy.results.study_storage import open_studies
from remedy.results.verdict import Verdict
from remedy.run_progress import RunProgress, Silent
from remedy.search import (
    NO_GUIDANCE,
    Confirmation,
    Guidance,
    TrialRecord,
    extend_search,
    never_enough,
)
from remedy.storage import open_journal
from remedy.tracking import open_tracker, require_installed
from remedy.training import Status
from remedy.workers import HeadStart, WorkerPool, worker_count


def run(
    source: str | Path | Mapping[str, Any],
    *,
    results: str | Path = "results",
    overrides: Sequence[str] = (),
    fresh: bool = False,
    extend: bool = False,
    progress: RunProgress | None = None,
    ahead: HeadStart | None = None,
    enough: Callable[[Sequence[TrialRecord]], bool] = never_enough,
) -> Verdict:
    """Run an experiment, or go on where it stopped.

    Args:
        source: path of an experiment file, or the same as a dict.
        results: the folder under which the study gets a folder of its own.
        overrides: `key=value` each, put in place of what the source says.
        fresh: delete what an earlier run has left.
        extend: keep the trials after fixes or values were added to the experiment.
        progress: told about every step.
        ahead: workers that were started ahead.
        enough: asked about the finished trials before the search starts another; once it says so, the search
            is over, and what it has found is confirmed.

    Returns:
        The verdict, which is also in `verdict.json`.

    Raises:
        ConfigError, DataError: something is wrong with the experiment or its data.
        TrainingError: the baseline cannot be trained at all.
        StudyError: the results folder cannot be used.
    """
    prepared = prepare(source, overrides)
    require_installed(prepared.experiment.tracking)
    folder = StudyFolder(Path(results) / prepared.experiment.name)
    progress = progress or Silent()
    workers = worker_count(prepared.experiment.search.workers)
    environment = describe_environment(
        prepared.experiment, prepared.dataset, prepared.baseline, sys.argv, workers
    )
    with WorkerPool(prepared.dataset, workers, ahead=ahead) as pool:
        while True:
            try:
                with folder.hold():
                    try:
                        return _lead(
                            prepared,
                            folder,
                            pool,
                            progress,
                            environment,
                            fresh=fresh,
                            extend=extend,
                            enough=enough,
                        )
                    except BaselineError:  # nothing is left behind
                        folder.remove()
                        raise
            except StudyBusyError as error:
                if fresh or extend:
                    raise
                folder.check(prepared.experiment, environment)
                progress.noticed(f"{error}; helping it meanwhile")
                join_run(prepared, environment, folder, pool, progress)


def _lead(
    prepared: Prepared,
    folder: StudyFolder,
    pool: WorkerPool,
    progress: RunProgress,
    environment: Mapping[str, Any],
    *,
    fresh: bool,
    extend: bool,
    enough: Callable[[Sequence[TrialRecord]], bool],
) -> Verdict:
    tracker = open_tracker(prepared.experiment.tracking, prepared.experiment.name, progress.noticed)
    is_shared = prepared.experiment.search.storage is not None
    if fresh and not is_shared:
        _refuse_while_helped(folder, progress)
        folder.clear()
    elif extend:
        _extend(prepared, folder, environment, progress)
    if not (fresh and is_shared):
        folder.adopt(prepared.experiment, environment, prepared.baseline, extend=extend)
    with closing(open_studies(prepared.experiment, folder, progress.noticed)) as studies:
        registry = Registry(studies.storage, studies.prefix)
        with lead(registry, progress.noticed):
            if fresh and is_shared:  # now nobody else has to do with it
                registry.refuse_while_helped(progress.noticed)
                studies.delete(STUDIES)
                folder.clear()
                folder.adopt(prepared.experiment, environment, prepared.baseline)
            publish(studies.open("search"), describe(prepared, environment))
            try:
                return _train(Phases(prepared, folder, pool, progress, studies, registry, tracker, enough))
            except BaselineError:
                studies.delete(STUDIES)
                raise


def _train(phases: Phases) -> Verdict:
    prepared, folder, progress = phases.prepared, phases.folder, phases.progress
    progress.prepared(prepared, folder)
    try:
        with _cluster(prepared.experiment, folder, progress):
            findings = _find(phases)
        progress.step("conclusion")
        verdict = conclude(findings, phases)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            progress.noticed("stopping; what is finished is saved")
        with suppress(StudyError):  # what went wrong first is what is told
            phases.close()
        raise
    phases.close()
    phases.end()
    _report(folder, progress)
    return verdict


def _report(folder: StudyFolder, progress: RunProgress) -> None:
    try:
        write_report(folder)
    except Exception as error:  # noqa: BLE001 - nothing about a report may take the verdict away
        reason = str(error) if isinstance(error, RemedyError) else f"{type(error).__name__}: {error}"
        progress.noticed(f"{folder.report} is not written: {reason}")


def _cluster(
    experiment: Experiment, folder: StudyFolder, progress: RunProgress
) -> AbstractContextManager[None]:
    if not is_on_cluster(experiment):
        return nullcontext()
    where = Whereabouts(folder.path.absolute(), experiment.search.storage, experiment.name)
    return on_dask(str(experiment.search.workers), where, progress.noticed)


def _extend(
    prepared: Prepared, folder: StudyFolder, environment: Mapping[str, Any], progress: RunProgress
) -> None:
    if not folder.check(prepared.experiment, environment, extend=True) or not folder.journal.exists():
        return
    if prepared.experiment.search.storage is not None:
        raise StudyError(
            f"{folder.path}: a study in a shared storage cannot be extended; give the experiment another name"
        )
    _refuse_while_helped(folder, progress)
    folder.forget_verdict()
    extend_search(folder.journal, REPLICATED, prepared.space)


def _refuse_while_helped(folder: StudyFolder, progress: RunProgress) -> None:
    if not folder.journal.exists():
        return
    try:
        registry = Registry(open_journal(folder.journal))
    except StudyError:  # it is damaged, so nobody works with it
        return
    registry.refuse_while_helped(progress.noticed)


def _find(phases: Phases) -> Findings:
    prepared, folder, pool, progress = phases.prepared, phases.folder, phases.pool, phases.progress
    experiment = prepared.experiment
    is_unexamined = experiment.diagnosis and read_diagnosis(folder) is None
    with measure(prepared, pool) if is_unexamined else nullcontext() as measuring:
        if not folder.learnability.exists():
            load_probes()  # while the workers start
        baseline = phases.train_baseline()
        progress.step("diagnosis")
        learnability = learnability_of(folder, prepared.dataset, prepared.baseline)
        bar = skill_to_reach(baseline, learnability, experiment.thresholds.min_skill)
        if is_fine(baseline, bar):
            return Findings(baseline, learnability, bar)
        guidance = NO_GUIDANCE
        if experiment.diagnosis:
            stuck = any(record.status is not Status.OVERFIT for record in baseline)
            guidance = _guidance(
                folder,
                progress,
                lambda: examine(
                    prepared,
                    pool,
                    learnability=learnability,
                    known_stuck=stuck,
                    measuring=measuring,
                    look_again=True,
                ),
            )

    def is_cure(confirmation: Confirmation) -> bool:
        return confirmation.holds(bar) and beats(confirmation.records, baseline)

    confirmations = phases.search_and_confirm(is_cure, guidance)
    winner = max(confirmations, key=lambda one: (is_cure(one), one.skill_low), default=None)
    ablation = None
    if experiment.ablation and winner is not None and is_cure(winner):
        plateaued = all(record.status is Status.LEARNING for record in baseline)
        ablation = phases.ablate(winner.recipe, Standard(experiment.confirm.seeds, bar, plateaued))
    return Findings(baseline, learnability, bar, confirmations, winner, ablation)


def _guidance(folder: StudyFolder, progress: RunProgress, make: Callable[[], Diagnosis]) -> Guidance:
    """What the diagnosis points to; nothing where the baseline trains but cannot be measured."""
    try:
        diagnosis = diagnosis_of(folder, make)
    except TrainingError as error:
        progress.diagnosed(f"none, the search goes on without: {error}")
        return NO_GUIDANCE
    progress.diagnosed(diagnosis["sentence"])
    return guidance_of(diagnosis)
