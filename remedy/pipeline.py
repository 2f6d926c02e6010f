"""The way from an experiment to its verdict: prepare, baseline, search, confirm, conclude."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from remedy.errors import TrainingError
from remedy.plan import Recipe, recipe_key
from remedy.preparation import Prepared, prepare
from remedy.results.best import remove_best, write_best
from remedy.results.curves import Curves
from remedy.results.environment import describe_environment
from remedy.results.files import write_json
from remedy.results.folder import StudyFolder
from remedy.results.model_store import ModelStore
from remedy.results.trials_file import write_trials
from remedy.results.trials_table import trials_table
from remedy.results.verdict import (
    Verdict,
    baseline_result,
    beats,
    best_result,
    cost,
    decide,
    is_fine,
)
from remedy.search import (
    Confirmation,
    Context,
    Progress,
    Search,
    TrialRecord,
    best_recipes,
    confirm,
    finished_records,
    fresh_seeds,
    open_storage,
    open_study,
    rank,
    train_replicates,
    trained_replicates,
)
from remedy.training import EpochRecord, Status
from remedy.workers import WorkerPool, worker_count

BASELINE_SEEDS = 3
STUDIES = ("search", "baseline", "confirmation")


class RunProgress(Progress, Protocol):
    """Someone who watches a whole run."""

    def prepared(self, prepared: Prepared, folder: StudyFolder) -> None:
        """The experiment is valid; work begins or goes on."""

    def phase(self, study: str, total: int, done: int) -> None:
        """The trainings of another study begin; `done` of `total` are there already."""


class Silent:
    """Watches without a word."""

    def prepared(self, prepared: Prepared, folder: StudyFolder) -> None:
        """Say nothing."""

    def phase(self, study: str, total: int, done: int) -> None:
        """Say nothing."""

    def trial_started(self, study: str, number: int, recipe: Recipe) -> None:
        """Say nothing."""

    def epoch_finished(self, study: str, number: int, record: EpochRecord) -> None:
        """Say nothing."""

    def trial_finished(self, study: str, record: TrialRecord) -> None:
        """Say nothing."""


def run(
    source: str | Path | Mapping[str, Any],
    *,
    results: str | Path = "results",
    overrides: Sequence[str] = (),
    fresh: bool = False,
    progress: RunProgress | None = None,
) -> Verdict:
    """Run an experiment, or go on where it stopped.

    Args:
        source: path of an experiment file, or the same as a dict.
        results: the folder under which the study gets a folder of its own.
        overrides: `key=value` each, put in place of what the source says.
        fresh: delete what an earlier run has left.
        progress: told about every step.

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
    with folder.hold(), WorkerPool(prepared.dataset, workers) as pool:
        if fresh:
            folder.clear()
        environment = describe_environment(
            prepared.experiment, prepared.dataset, prepared.baseline, sys.argv, workers
        )
        folder.adopt(prepared.experiment, environment, prepared.baseline)
        progress = progress or Silent()
        progress.prepared(prepared, folder)
        return _Run(prepared, folder, pool, progress).verdict()


class _Run:
    """One run of a study; every step finds what earlier runs have already done."""

    def __init__(
        self, prepared: Prepared, folder: StudyFolder, pool: WorkerPool, progress: RunProgress
    ) -> None:
        self._prepared = prepared
        self._experiment = prepared.experiment
        self._min_skill = prepared.experiment.thresholds.min_skill
        self._folder = folder
        self._progress = progress
        storage = open_storage(folder.journal)
        self._studies = {name: open_study(storage, name) for name in STUDIES}
        self._curves = {name: Curves(folder.path, name) for name in STUDIES}
        self._models = ModelStore(folder.path / "models", pool, prepared.baseline)
        self._context = Context(
            baseline=prepared.baseline,
            min_skill=self._min_skill,
            trainer=pool,
            progress=_Bookkeeper(progress, self._forget_verdict, self._write_trials),
            save_curve=lambda study, trial, curve: self._curves[study].save(trial, curve),
        )

    def verdict(self) -> Verdict:
        try:
            baseline = self._train_baseline()
            best = None
            if not is_fine(baseline):
                best = max(self._search_and_confirm(), key=lambda one: one.skill_low, default=None)
            return self._conclude(baseline, best)
        finally:
            for curves in self._curves.values():
                curves.merge()

    def _train_baseline(self) -> list[TrialRecord]:
        try:
            (records,) = self._replicate("baseline", [{}], BASELINE_SEEDS)
        except TrainingError:
            if not trained_replicates(self._studies["baseline"]):
                self._folder.remove()
            raise
        return records

    def _search_and_confirm(self) -> list[Confirmation]:
        settings = self._experiment.search
        deadline = None if settings.timeout is None else time.monotonic() + settings.timeout
        search = Search(self._studies["search"], self._prepared.space, settings, self._context)
        self._progress.phase("search", search.budget, len(search.records()))
        if settings.until == "unstuck":
            while not search.is_over(deadline):
                best = self._confirm(best_recipes(search.records(), 1))
                if any(confirmation.holds(self._min_skill) for confirmation in best):
                    return best
                search.run(deadline=deadline, stop_when=lambda record: record.status is Status.LEARNING)
        search.run(deadline=deadline)
        return self._confirm(best_recipes(search.records(), self._experiment.confirm.top))

    def _confirm(self, recipes: list[Recipe]) -> list[Confirmation]:
        """Train recipes with fresh seeds, and bring back those that an earlier run has confirmed."""
        done = trained_replicates(self._studies["confirmation"]).values()
        distinct = {recipe_key(recipe): recipe for recipe in (*recipes, *(record.recipe for record in done))}
        candidates = list(distinct.values())
        groups = self._replicate("confirmation", candidates, self._experiment.confirm.seeds)
        return [confirm(recipe, records) for recipe, records in zip(candidates, groups, strict=True)]

    def _replicate(self, study: str, recipes: list[Recipe], count: int) -> list[list[TrialRecord]]:
        seeds = fresh_seeds(self._experiment.search.seed, count)
        wanted = {(recipe_key(recipe), seed) for recipe in recipes for seed in seeds}
        done = wanted & trained_replicates(self._studies[study]).keys()
        self._progress.phase(study, len(wanted), len(done))
        return train_replicates(self._studies[study], self._context, recipes, seeds, self._models.path)

    def _conclude(self, baseline: list[TrialRecord], winner: Confirmation | None) -> Verdict:
        """Read the test split, for the baseline and the winner only, and write everything down."""
        search = finished_records(self._studies["search"])
        best, improved = None, False
        if winner is not None:
            improved = beats(winner.records, baseline)
            trial = next(record.number for record in rank(search) if record.recipe == winner.recipe)
            best = best_result(winner, self._models.evaluate(winner.records), trial)
        decided = decide(best, improved=improved, min_skill=self._min_skill)
        verdict = Verdict(
            verdict="already_learning" if is_fine(baseline) else decided,
            baseline=baseline_result(baseline, self._models.evaluate(baseline)),
            best=best,
            cost=cost(baseline, search, finished_records(self._studies["confirmation"])),
        )
        self._write_trials()
        if winner is not None and verdict.verdict == "unstuck":
            write_best(
                self._folder.best, winner, self._models, self._prepared.dataset, self._prepared.baseline
            )
        else:
            remove_best(self._folder.best)
        write_json(self._folder.verdict, verdict.to_plain())
        return verdict

    def _forget_verdict(self) -> None:
        self._folder.verdict.unlink(missing_ok=True)

    def _write_trials(self) -> None:
        records = finished_records(self._studies["search"])
        write_trials(self._folder.trials, trials_table(records, self._prepared.space))


class _Bookkeeper:
    """Keeps the files of the study up to date while passing everything on."""

    def __init__(
        self, progress: RunProgress, forget_verdict: Callable[[], None], write_trials: Callable[[], None]
    ) -> None:
        self._forget_verdict = forget_verdict
        self._write_trials = write_trials
        self.epoch_finished = progress.epoch_finished
        self._progress = progress

    def trial_started(self, study: str, number: int, recipe: Recipe) -> None:
        self._forget_verdict()
        self._progress.trial_started(study, number, recipe)

    def trial_finished(self, study: str, record: TrialRecord) -> None:
        if study == "search":
            self._write_trials()
        self._progress.trial_finished(study, record)
