"""The trainings of a run, phase by phase; each finds what earlier runs have already done."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import astuple, replace

import numpy as np
import optuna
from optuna.trial import FrozenTrial

from remedy.ablation import Ablation, Standard, Variant, ablate, expected_trainings
from remedy.config import is_on_cluster
from remedy.distributed import Helpers, Job, Registry, say_it_is_over
from remedy.errors import BaselineError, TrainingError
from remedy.fixes import drop_idle_fixes
from remedy.plan import Recipe, recipe_key
from remedy.preparation import Prepared
from remedy.results.curves import Curves
from remedy.results.folder import StudyFolder
from remedy.results.model_store import ModelStore
from remedy.results.trials_file import write_trials
from remedy.results.trials_table import trials_table
from remedy.run_progress import Bookkeeper, RunProgress
from remedy.search import (
    LOOK_EVERY,
    NO_GUIDANCE,
    Confirmation,
    Context,
    Guidance,
    NoTrainer,
    Replicates,
    Search,
    Studies,
    TimeBudget,
    TrialRecord,
    attach_curve,
    attached_curve,
    best_recipes,
    centred,
    confirm,
    finished_records,
    fresh_seeds,
    has_result,
    is_hopeless,
    never_enough,
    short_name,
)
from remedy.storage import copy_studies
from remedy.tracking import FinishedTraining, Tracker
from remedy.training import EpochRecord, Status
from remedy.workers import WorkerPool

BASELINE_SEEDS = 3

REPLICATED = ("baseline", "confirmation", "ablation")
"""The studies that train recipes with fixed seeds; what one of them has trained serves them all."""

STUDIES = ("search", *REPLICATED)
"""All in which there are trainings."""


class Phases:
    """Baseline, search, confirmation and ablation of one experiment.

    Args:
        prepared: the experiment.
        folder: where everything is kept; the caller holds its lock.
        pool: trains.
        progress: told about every step.
        studies: where trials are recorded.
        registry: of those who help.
        tracker: is given every finished training.
        enough: asked about the finished trials of the search; once it says so, no further one is started.

    Attributes:
        prepared, folder, pool, progress: as given.
        models: what was trained with fixed seeds.
    """

    def __init__(
        self,
        prepared: Prepared,
        folder: StudyFolder,
        pool: WorkerPool,
        progress: RunProgress,
        studies: Studies,
        registry: Registry,
        tracker: Tracker,
        enough: Callable[[Sequence[TrialRecord]], bool] = never_enough,
    ) -> None:
        self.prepared = prepared
        self._experiment = prepared.experiment
        self.folder = folder
        self.pool = pool
        self.progress = progress
        self._time = TimeBudget(prepared.experiment.search.timeout)
        self._tracker = tracker
        self._enough = enough
        self._where = studies
        self._studies = {name: studies.open(name) for name in STUDIES}
        self._curves = {name: Curves(folder.path, name) for name in STUDIES}
        min_skill = prepared.experiment.thresholds.min_skill
        self.models = ModelStore(folder.path / "models", pool, prepared.baseline, min_skill)
        self._helpers = Helpers(registry, self._over, self._fetch, look_every=LOOK_EVERY)
        context = Context(
            baseline=prepared.baseline,
            min_skill=min_skill,
            trainer=NoTrainer() if is_on_cluster(prepared.experiment) else pool,
            progress=Bookkeeper(progress, folder.forget_verdict, self.write_trials, self._track),
            save_curve=attach_curve if studies.prefix else self._save_curve,
            elsewhere=self._helpers,
        )
        self._context = context
        self._replicates = {
            name: Replicates(
                self._studies[name],
                context,
                self.models.path,
                others=[self._studies[other] for other in REPLICATED if other != name],
                keep_failures=name == "ablation",
            )
            for name in REPLICATED
        }

        self._fetch_what_is_left()
        self._track_what_is_left()

    @property
    def search_study(self) -> optuna.Study:
        """Optuna's study of the search."""
        return self._studies["search"]

    def records(self) -> dict[str, list[TrialRecord]]:
        """All finished trainings of each phase."""
        return {name: finished_records(study) for name, study in self._studies.items()}

    def train_baseline(self) -> list[TrialRecord]:
        """Train the user's model as it is.

        Raises:
            BaselineError: it cannot be trained at all.
            TrainingError: it could be trained before, but now it cannot.
        """
        try:
            (records,) = self._replicate("baseline", [{}], BASELINE_SEEDS)
        except TrainingError as error:
            if not self._replicates["baseline"].known():
                raise BaselineError(str(error), error.details) from error
            raise
        if len(records) != BASELINE_SEEDS:
            raise RuntimeError(f"the baseline has {len(records)} trainings, not {BASELINE_SEEDS}")
        return records

    def search_and_confirm(
        self, is_cure: Callable[[Confirmation], bool], guidance: Guidance = NO_GUIDANCE
    ) -> list[Confirmation]:
        """Search until the budget is used up, and train the best recipes again.

        Args:
            is_cure: whether a confirmed recipe unsticks the loss; with `until: unstuck` it ends the search.
            guidance: what the diagnosis points to.
        """
        settings = self._experiment.search
        space = centred(self.prepared.space, guidance.recipes)
        search = Search(self._studies["search"], space, settings, self._context, guidance)
        self.progress.phase("search", search.budget, search.records())
        if (there := len(search.records())) > search.budget:
            self.progress.noticed(
                f"the study has {there} trials already; search.trials counts all of them, "
                f"so {search.budget} adds none"
            )

        def out_of_time() -> bool:
            trials = search.records()
            return self._enough(trials) or self._time.is_over(reserve=self._seconds_to_follow(trials))

        if settings.until == "unstuck":
            while not (search.is_over or out_of_time()):
                best = self._confirm(best_recipes(search.records(), 1))
                if any(map(is_cure, best)):
                    return best
                search.run(out_of_time=out_of_time, stop_when=lambda record: record.status is Status.LEARNING)
        search.run(out_of_time=out_of_time)
        return self._confirm(best_recipes(search.records(), self._experiment.confirm.top))

    def ablate(self, winner: Recipe, standard: Standard) -> Ablation:
        """Find out which fixes of a confirmed recipe are needed, as far as the time suffices.

        Args:
            winner: the recipe.
            standard: what counts as stuck.
        """

        def measure(recipes: Sequence[Recipe], seeds: int) -> list[Variant]:
            # A fix that means nothing without the one left out goes with it.
            real = [drop_idle_fixes(self.prepared.baseline, recipe) for recipe in recipes]
            groups = self._replicate(
                "ablation",
                real,
                seeds,
                enough=replace(standard, seeds=seeds).is_enough,
                out_of_time=self._time.is_over,
            )
            return [Variant(recipe, tuple(records)) for recipe, records in zip(real, groups, strict=True)]

        required = [name for name, entry in self.prepared.space.fixes.items() if entry.required]
        return ablate(winner, measure, standard, required=required)

    def write_trials(self) -> None:
        """Write the ranked table of the search as it is now."""
        records = finished_records(self._studies["search"])
        write_trials(self.folder.trials, trials_table(records, self.prepared.space))

    def close(self) -> None:
        """Put the curves of all trainings into their tables, and the studies into the folder."""
        for curves in self._curves.values():
            curves.merge()
        self.copy_studies()

    def end(self) -> None:
        """Tell the workers that there is a verdict."""
        say_it_is_over(self._studies["search"])

    def copy_studies(self) -> None:
        """Keep what is in a shared storage in the folder, too, where it can be read at any time."""
        if self._where.prefix:
            copy_studies(self._where.storage, self._where.prefix, STUDIES, self.folder.journal)

    def _save_curve(self, trial: optuna.Trial, curve: tuple[EpochRecord, ...]) -> None:
        self._curves[short_name(trial.study)].save(trial.number, curve)

    def _over(self, jobs: Collection[Job]) -> set[Job]:
        trials = {
            name: self._studies[name].get_trials(deepcopy=False) for name in {job.study for job in jobs}
        }
        return {job for job in jobs if has_result(trials[job.study][job.number])}

    def _fetch(self, study: str, trial: FrozenTrial) -> None:
        curve = attached_curve(trial)
        if curve is not None:
            self._curves[study].save(trial.number, curve)

    def _fetch_what_is_left(self) -> None:
        """What was finished while there was no run, or in place of a study that was deleted."""
        for name, study in self._studies.items():
            kept = self._curves[name].ends() if self._where.prefix else {}
            for trial in study.get_trials(deepcopy=False):
                curve = attached_curve(trial) if has_result(trial) else None
                if curve and not _is_same(curve[-1], kept.get(trial.number)):
                    self._curves[name].save(trial.number, curve)

    def _track(self, study: str, record: TrialRecord) -> None:
        if self._tracker.is_needed:
            self._tracker.add([FinishedTraining(study, record, self._curves[study].of(record.number))])

    def _track_what_is_left(self) -> None:
        """What earlier runs have finished, with other logs or with one that failed."""
        if not self._tracker.is_needed:
            return
        for name, records in self.records().items():
            curves = self._curves[name].read()
            self._tracker.add(
                FinishedTraining(name, record, curves[curves["trial"] == record.number]) for record in records
            )

    def _seconds_to_follow(self, trials: Sequence[TrialRecord]) -> float:
        """What confirmation and ablation are likely to take, at the pace of the trials so far."""
        best = best_recipes(trials, 1)
        if not best:
            return 0.0
        settings = self._experiment.confirm
        trainings = settings.top * settings.seeds
        if self._experiment.ablation:
            trainings += expected_trainings(len(best[0]), settings.seeds)
        pace = float(np.nanmean([record.seconds for record in trials]))
        return trainings * pace / max(self._context.trainer.size + self._helpers.count, 1)

    def _confirm(self, recipes: list[Recipe]) -> list[Confirmation]:
        """Train recipes with fresh seeds, and bring back those that an earlier run has confirmed."""
        done = finished_records(self._studies["confirmation"])
        earlier = [record.recipe for record in done if record.status is not Status.FAILED]
        candidates = list({recipe_key(recipe): recipe for recipe in (*recipes, *earlier)}.values())
        seeds = self._experiment.confirm.seeds
        groups = self._replicate(
            "confirmation", candidates, seeds, enough=lambda records: is_hopeless(records, seeds)
        )
        return [confirm(recipe, records) for recipe, records in zip(candidates, groups, strict=True)]

    def _replicate(
        self,
        study: str,
        recipes: list[Recipe],
        count: int,
        *,
        enough: Callable[[Sequence[TrialRecord]], bool] = never_enough,
        out_of_time: Callable[[], bool] = lambda: False,
    ) -> list[list[TrialRecord]]:
        replicates = self._replicates[study]
        seeds = fresh_seeds(self._experiment.search.seed, count)
        wanted = {(recipe_key(recipe), seed) for recipe in recipes for seed in seeds}
        done, missing = finished_records(self._studies[study]), wanted - replicates.known().keys()
        self.progress.phase(study, len(done) + len(missing), done)
        return replicates.train(recipes, seeds, enough=enough, out_of_time=out_of_time)


def _is_same(record: EpochRecord, other: EpochRecord | None) -> bool:
    return other is not None and np.array_equal(astuple(record), astuple(other), equal_nan=True)
