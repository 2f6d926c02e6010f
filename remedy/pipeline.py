"""From experiment to verdict: prepare, baseline, probe, diagnose, search, confirm, ablate, conclude."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from remedy.ablation import Standard
from remedy.conclusion import Findings, conclude
from remedy.diagnosis import Diagnosis
from remedy.errors import TrainingError
from remedy.examination import examine, measure
from remedy.phases import Phases
from remedy.plan import Recipe
from remedy.preparation import Prepared, prepare
from remedy.results.decision import beats, is_fine, skill_to_reach
from remedy.results.diagnosis_file import diagnosis_of, read_diagnosis
from remedy.results.environment import describe_environment
from remedy.results.folder import StudyFolder
from remedy.results.learnability_file import learnability_of
from remedy.results.verdict import Verdict
from remedy.run_progress import RunProgress, Silent
from remedy.search import Confirmation
from remedy.training import Status
from remedy.workers import HeadStart, WorkerPool, worker_count


def run(
    source: str | Path | Mapping[str, Any],
    *,
    results: str | Path = "results",
    overrides: Sequence[str] = (),
    fresh: bool = False,
    progress: RunProgress | None = None,
    ahead: HeadStart | None = None,
) -> Verdict:
    """Run an experiment, or go on where it stopped.

    Args:
        source: path of an experiment file, or the same as a dict.
        results: the folder under which the study gets a folder of its own.
        overrides: `key=value` each, put in place of what the source says.
        fresh: delete what an earlier run has left.
        progress: told about every step.
        ahead: workers that were started ahead.

    Returns:
        The verdict, which is also in `verdict.json`.

    Raises:
        ConfigError, DataError: something is wrong with the experiment or its data.
        TrainingError: the baseline cannot be trained at all.
        StudyError: the results folder cannot be used.
    """
    prepared = prepare(source, overrides)
    folder = StudyFolder(Path(results) / prepared.experiment.name)
    workers = worker_count(prepared.experiment.search.workers)
    with folder.hold(), WorkerPool(prepared.dataset, workers, ahead=ahead) as pool:
        if fresh:
            folder.clear()
        environment = describe_environment(
            prepared.experiment, prepared.dataset, prepared.baseline, sys.argv, workers
        )
        folder.adopt(prepared.experiment, environment, prepared.baseline)
        progress = progress or Silent()
        progress.prepared(prepared, folder)
        phases = Phases(prepared, folder, pool, progress)
        try:
            return conclude(_find(phases, prepared, folder, pool, progress), phases, prepared, folder)
        finally:
            phases.close()


def _find(
    phases: Phases, prepared: Prepared, folder: StudyFolder, pool: WorkerPool, progress: RunProgress
) -> Findings:
    experiment = prepared.experiment
    is_unexamined = experiment.diagnosis and read_diagnosis(folder) is None
    with measure(prepared, pool) if is_unexamined else nullcontext() as measuring:
        baseline = phases.train_baseline()
        learnability = learnability_of(folder, prepared.dataset, prepared.baseline)
        bar = skill_to_reach(baseline, learnability, experiment.thresholds.min_skill)
        if is_fine(baseline, bar):
            return Findings(baseline, learnability, bar)
        treatments: list[Recipe] = []
        if experiment.diagnosis:
            stuck = any(record.status is not Status.OVERFIT for record in baseline)
            treatments = _treatments(
                folder,
                progress,
                lambda: examine(
                    prepared, pool, learnability=learnability, known_stuck=stuck, measuring=measuring
                ),
            )

    def is_cure(confirmation: Confirmation) -> bool:
        return confirmation.holds(bar) and beats(confirmation.records, baseline)

    confirmations = phases.search_and_confirm(is_cure, treatments)
    winner = max(confirmations, key=lambda one: (is_cure(one), one.skill_low), default=None)
    ablation = None
    if experiment.ablation and winner is not None and is_cure(winner):
        plateaued = all(record.status is Status.LEARNING for record in baseline)
        ablation = phases.ablate(winner.recipe, Standard(experiment.confirm.seeds, bar, plateaued))
    return Findings(baseline, learnability, bar, confirmations, winner, ablation)


def _treatments(folder: StudyFolder, progress: RunProgress, make: Callable[[], Diagnosis]) -> list[Recipe]:
    """What the diagnosis points to; nothing where the baseline trains but cannot be measured."""
    try:
        diagnosis = diagnosis_of(folder, make)
    except TrainingError as error:
        progress.diagnosed(f"none, the search goes on without: {error}")
        return []
    progress.diagnosed(diagnosis["sentence"])
    treatments: list[Recipe] = diagnosis["treatments"]
    return treatments
