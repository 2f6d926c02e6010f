"""The search: opening recipes first, then whatever the sampler proposes, until the budget is used up."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import optuna
from optuna.samplers import BaseSampler
from optuna.trial import TrialState

from remedy.config import Search as SearchSettings
from remedy.errors import UserCodeError
from remedy.fixes import drop_idle_fixes
from remedy.plan import Plan, Recipe, canonical_json, recipe_key
from remedy.search.guidance import NO_GUIDANCE, Guidance
from remedy.search.opening import LONGER, fitted, opening_recipes
from remedy.search.parameters import fix_parameters, recipe_parameters, suggest_recipe
from remedy.search.records import TrialRecord, has_result
from remedy.search.samplers import MODEL_BASED, STARTUP_TRIALS, keeping, make_sampler
from remedy.search.seeds import search_seed
from remedy.search.space import SearchSpace
from remedy.search.study_runner import Context, StudyRunner
from remedy.search.terms import SearchTerms
from remedy.training import Status

_LEFT_OPEN = 4
"""Of so many trials before the sampler has a model, one draws the fixes of the basis like all others."""


class Search:
    """Tries recipes for one experiment; everything it needs to go on after a stop is in the study.

    Args:
        study: the experiment's search study.
        space: the recipes to choose from.
        settings: the `search` section of the experiment.
        context: shared by all studies of the experiment.
        guidance: what a diagnosis points to.
    """

    def __init__(
        self,
        study: optuna.Study,
        space: SearchSpace,
        settings: SearchSettings,
        context: Context,
        guidance: Guidance = NO_GUIDANCE,
    ) -> None:
        self._study = study
        self._space = space
        self._settings = settings
        self._baseline: Plan = context.baseline
        terms = SearchTerms(study, space, settings, context.baseline, context.min_skill)
        self._runner = StudyRunner(study, context, terms)
        for recipe in opening_recipes(space, context.baseline, guidance):
            self._enqueue(recipe)
        self._basis = fitted(space, context.baseline, guidance.basis) or {}
        longer = fitted(space, context.baseline, self._basis | LONGER)
        self._longer = longer if self._basis else None
        single = (fitted(space, context.baseline, recipe) for recipe in guidance.single)
        self._single = [recipe for recipe in single if recipe]
        finished = ((recipe_key(record.recipe), record.seed) for record in self._runner.records())
        self._trained = [*finished, *self._runner.under_way()]
        self._repeated = _repetitions(study)

    @property
    def _is_exhaustive(self) -> bool:
        """Whether the budget is enough for every recipe: then each is tried, whatever the sampler."""
        return self._space.size + self._repeated <= self._settings.trials

    @property
    def budget(self) -> int:
        """Trials in total, however often the search is resumed: as set, or all recipes there are."""
        return int(min(self._settings.trials, self._space.size + self._repeated))

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
        self._draw_on_the_reserve()
        self._study.sampler = self._sampler(len(self._trained))
        trial = self._runner.ask()
        begun = self._runner.order_before(trial)
        suggested, seed = begun or (suggest_recipe(trial, self._space), None)
        try:
            recipe = drop_idle_fixes(self._baseline, suggested)
        except UserCodeError as error:  # a fix of the user's, at a value that was not tried before the search
            self._runner.fail(trial, suggested, self._take_seed(suggested, seed), error)
            return
        self._runner.start(trial, recipe, self._take_seed(recipe, seed))

    def _enqueue(self, recipe: Recipe) -> None:
        self._study.enqueue_trial(recipe_parameters(recipe, self._space), skip_if_exists=True)

    def _draw_on_the_reserve(self) -> None:
        """What is left of the guidance, once all else to begin with was begun and nothing learns."""
        while self._longer or self._single:
            if self._study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
                return
            recipe = self._next_in_reserve(self._runner.records())
            if recipe is None:
                return
            self._enqueue(recipe)

    def _next_in_reserve(self, records: Sequence[TrialRecord]) -> Recipe | None:
        """More time for the basis if trainings with it are slow, then the single treatments."""
        if any(record.status is Status.LEARNING for record in records):
            self._longer, self._single = None, []
            return None
        with_basis = [record for record in records if record.recipe.items() >= self._basis.items()]
        if self._longer and any(record.status is Status.SLOW for record in with_basis):
            recipe, self._longer = self._longer, None
            return recipe
        return self._single.pop(0) if self._single else None

    def _sampler(self, slot: int) -> BaseSampler:
        """One for every trial, by its place in the budget: a search that was resumed proposes the same."""
        name = "grid" if self._is_exhaustive else self._settings.sampler
        seed, draw = np.random.SeedSequence([self._settings.seed, slot]).generate_state(2)
        sampler = make_sampler(name, int(seed))
        if name not in MODEL_BASED or slot >= STARTUP_TRIALS or draw % _LEFT_OPEN == 0:
            return sampler
        return keeping(sampler, fix_parameters(self._basis, self._space))

    def _take_seed(self, recipe: Recipe, begun: int | None) -> int:
        """The seed of the next training of a recipe: the one with which it was begun, if it was."""
        key = recipe_key(recipe)
        seed = begun
        if seed is None:
            seed = search_seed(self._settings.seed, sum(other == key for other, _ in self._trained))
        self._trained.append((key, seed))
        return seed


def _repetitions(study: optuna.Study) -> int:
    """How many finished trials have the parameters of one before them, as samplers propose some twice."""
    trials = study.get_trials(deepcopy=False)
    chosen = [canonical_json(trial.params) for trial in trials if has_result(trial)]
    return len(chosen) - len(set(chosen))
