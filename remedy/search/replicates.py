"""Trains recipes with several seeds each, without touching the search, and never the same training twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import optuna

from remedy.errors import TrainingError
from remedy.plan import Recipe, canonical_json, recipe_key
from remedy.search.records import TrialRecord, finished_records
from remedy.search.study_runner import Context, StudyRunner
from remedy.search.terms import ReplicateTerms
from remedy.training import Status

Replicated = Mapping[tuple[str, int], TrialRecord]
"""Finished trainings by recipe key and seed."""


def never_enough(records: Sequence[TrialRecord]) -> bool:
    """Train a recipe with every seed, whatever its records say."""
    del records
    return False


class Replicates:
    """The trainings of recipes with fixed seeds, kept in one Optuna study.

    Args:
        study: a study of its own, so that these trainings never feed the sampler.
        context: shared by all studies of the experiment.
        model_path: where the model of a recipe and seed is kept.
        others: studies that may hold such a training already.
        keep_failures: a training that ends with an error is a result like any other; else it stops all.
    """

    def __init__(
        self,
        study: optuna.Study,
        context: Context,
        model_path: Callable[[Recipe, int], Path],
        *,
        others: Sequence[optuna.Study] = (),
        keep_failures: bool = False,
    ) -> None:
        self._study = study
        self._context = context
        self._terms = ReplicateTerms(model_path)
        self._others = others
        self._keep_failures = keep_failures
        self._failed: dict[tuple[str, int], TrialRecord] = {}

    def known(self) -> Replicated:
        """What this study and the others hold; of trainings that failed only those of this very object."""
        done = {key: record for study in (*self._others, self._study) for key, record in _done(study)}
        return self._failed | done

    def train(
        self,
        recipes: Sequence[Recipe],
        seeds: Sequence[int],
        *,
        enough: Callable[[Sequence[TrialRecord]], bool] = never_enough,
        out_of_time: Callable[[], bool] = lambda: False,
    ) -> list[list[TrialRecord]]:
        """Train every recipe with every seed, seed by seed, except what is there already.

        Args:
            recipes: `{}` is the baseline.
            seeds: the same for every recipe, so that runs can be paired.
            enough: asked about a recipe's records, in the order of the seeds; once it says so, the recipe is
                trained with no further seed.
            out_of_time: once it says so, no training is started any more.

        Returns:
            For every recipe its records in the order of the seeds, up to the one with which it was enough or
            the time was up.

        Raises:
            TrainingError: a training ended with an error, and failures are not kept; it is tried again when
                the study is resumed.
        """
        runner = StudyRunner(self._study, self._context, self._terms)
        done = dict(self.known())
        taken = {*done, *runner.under_way()}
        waiting = {
            (recipe_key(recipe), seed): recipe
            for seed in seeds
            for recipe in recipes
            if (recipe_key(recipe), seed) not in taken
        }
        while True:
            while waiting and runner.can_start and not out_of_time():
                (key, seed), recipe = next(iter(waiting.items()))
                del waiting[key, seed]
                if not enough(_leading(done, key, seeds)):
                    runner.start(runner.ask(), recipe, seed)
            if not runner.running and (not waiting or out_of_time()):
                break
            record = runner.next_finished()
            if record is None:
                continue
            place = recipe_key(record.recipe), record.seed
            if record.status is Status.FAILED:
                if not self._keep_failures:
                    raise TrainingError(_failure(record), record.details or "")
                self._failed[place] = record
            done[place] = record
        return [_up_to_enough(_leading(done, recipe_key(recipe), seeds), enough) for recipe in recipes]


def _done(study: optuna.Study) -> list[tuple[tuple[str, int], TrialRecord]]:
    records = (record for record in finished_records(study) if record.status is not Status.FAILED)
    return [((recipe_key(record.recipe), record.seed), record) for record in records]


def _leading(done: Replicated, key: str, seeds: Sequence[int]) -> list[TrialRecord]:
    """The records of a recipe from the first seed on, up to one that is missing."""
    records: list[TrialRecord] = []
    for seed in seeds:
        if (key, seed) not in done:
            break
        records.append(done[key, seed])
    return records


def _up_to_enough(
    records: list[TrialRecord], enough: Callable[[Sequence[TrialRecord]], bool]
) -> list[TrialRecord]:
    """The same whether or not a further training was under way when it turned out to be needless."""
    for count in range(len(records)):
        if enough(records[:count]):
            return records[:count]
    return records


def _failure(record: TrialRecord) -> str:
    what = f"the recipe {canonical_json(record.recipe)}" if record.recipe else "the baseline"
    return f"{what} cannot be trained: {record.error}"
