"""The search: opening recipes first, then whatever the sampler proposes, until the budget is used up."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import optuna

from remedy.config import Search as SearchSettings
from remedy.errors import UserCodeError
from remedy.fixes import drop_idle_fixes
from remedy.plan import Plan, Recipe, recipe_key
from remedy.search.opening import opening_recipes
from remedy.search.parameters import recipe_parameters, suggest_recipe
from remedy.search.records import TrialRecord
from remedy.search.samplers import make_sampler
from remedy.search.seeds import search_seed
from remedy.search.space import SearchSpace
from remedy.search.study_runner import Context, StudyRunner
from remedy.search.terms import SearchTerms


class Search:
    """Tries recipes for one experiment; everything it needs to go on after a stop is in the study.

    Args:
        study: the experiment's search study.
        space: the recipes to choose from.
        settings: the `search` section of the experiment.
        context: shared by all studies of the experiment.
        treatments: the recipes that a diagnosis points to, which are tried first.
    """

    def __init__(
        self,
        study: optuna.Study,
        space: SearchSpace,
        settings: SearchSettings,
        context: Context,
        treatments: Sequence[Recipe] = (),
    ) -> None:
        self._study = study
        self._space = space
        self._settings = settings
        self._baseline: Plan = context.baseline
        terms = SearchTerms(study, space, settings, context.baseline, context.min_skill)
        self._runner = StudyRunner(study, context, terms)
        for recipe in opening_recipes(space, context.baseline, treatments):
            study.enqueue_trial(recipe_parameters(recipe, space), skip_if_exists=True)
        finished = ((recipe_key(record.recipe), record.seed) for record in self._runner.records())
        self._trained = [*finished, *self._runner.under_way()]

    @property
    def _is_exhaustive(self) -> bool:
        """Whether the budget is enough for every recipe: then each is tried, whatever the sampler."""
        return self._space.size <= self._settings.trials

    @property
    def budget(self) -> int:
        """Trials in total, however often the search is resumed: as set, or all recipes there are."""
        return int(min(self._settings.trials, self._space.size))

    def records(self) -> list[TrialRecord]:
        """All finished trials."""
        return self._runner.records()

    def run(
        self,
        *,
        out_of_time: Callable[[], bool] = lambda: False,
        stop_when: Callable[[TrialRecord], bool] = lambda _: False,
    ) -> None:
        """Train until the budget is used up.

        Args:
            out_of_time: once it says so, no trial is started any more.
            stop_when: asked about every finished trial; once it says so, no trial is started any more.
        """
        stopping = False

        def goes_on() -> bool:
            return not (stopping or self.is_over or out_of_time())

        while True:
            while self._runner.can_start and goes_on():
                self._start_next()
            if not self._runner.running and not goes_on():
                return
            record = self._runner.next_finished()
            stopping = stopping or (record is not None and stop_when(record))

    @property
    def is_over(self) -> bool:
        """Whether all trials of the budget have been started."""
        return len(self._trained) >= self.budget

    def _start_next(self) -> None:
        slot = len(self._trained)
        # A sampler of its own for every trial: a search that was stopped and resumed proposes the same.
        seed = int(np.random.SeedSequence([self._settings.seed, slot]).generate_state(1)[0])
        self._study.sampler = make_sampler("grid" if self._is_exhaustive else self._settings.sampler, seed)
        trial = self._runner.ask()
        suggested = suggest_recipe(trial, self._space)
        try:
            recipe = drop_idle_fixes(self._baseline, suggested)
        except UserCodeError as error:  # a fix of the user's, at a value that was not tried before the search
            self._runner.fail(trial, suggested, self._take_seed(suggested), error)
            return
        self._runner.start(trial, recipe, self._take_seed(recipe))

    def _take_seed(self, recipe: Recipe) -> int:
        """The seed of the next training of a recipe."""
        key = recipe_key(recipe)
        seed = search_seed(self._settings.seed, sum(other == key for other, _ in self._trained))
        self._trained.append((key, seed))
        return seed
