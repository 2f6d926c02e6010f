"""Takes the trials of a search over into a wider space."""

from __future__ import annotations

import copy
import os
from collections.abc import Sequence
from pathlib import Path

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FixedTrial, FrozenTrial, TrialState

from remedy.errors import StudyError, cannot_write
from remedy.plan import canonical_json
from remedy.search.parameters import recipe_parameters, suggest_recipe
from remedy.search.records import has_result, order_of
from remedy.search.space import SearchSpace
from remedy.search.storage import Studies
from remedy.storage import open_journal


def extend_search(journal: Path, others: Sequence[str], space: SearchSpace) -> None:
    """Rewrite a journal for a search that goes on over other recipes; nobody else has it open.

    Optuna keeps to the choices that a parameter had in the first trial, so the finished trials are written
    anew as if they had been chosen from the new space. Their numbers stay. The file is replaced whole.

    Args:
        journal: of the study.
        others: the studies beside the search, which stay as they are.
        space: the recipes to choose from from now on.

    Raises:
        StudyError: the new space lacks a recipe that was tried, or the file cannot be written.
    """
    before = open_journal(journal)
    search = Studies(before).open("search")
    trials = [extended(trial, space) for trial in search.get_trials(deepcopy=False)]
    while trials and trials[-1].state is TrialState.WAITING:
        trials.pop()
    unfinished = journal.with_name(f".{os.getpid()}-{journal.name}")
    unfinished.unlink(missing_ok=True)
    try:
        after = JournalStorage(JournalFileBackend(str(unfinished)))
        kept = {study.study_name for study in before.get_all_studies()}
        for name in others:
            if name in kept:
                optuna.copy_study(from_study_name=name, from_storage=before, to_storage=after)
        Studies(after).open("search").add_trials(trials)
        unfinished.replace(journal)
    except OSError as error:
        raise cannot_write(journal, error) from error
    finally:
        unfinished.unlink(missing_ok=True)


def extended(trial: FrozenTrial, space: SearchSpace) -> FrozenTrial:
    """A trial as if it had been chosen from the space; one without a result waits to be chosen anew.

    Raises:
        StudyError: its recipe does not lie in the space.
    """
    trial = copy.deepcopy(trial)
    # Parameters of the narrower space, by which Optuna would not find it among the enqueued trials.
    trial.system_attrs = {key: value for key, value in trial.system_attrs.items() if key != "fixed_params"}
    if not has_result(trial):
        trial.state, trial.params, trial.distributions = TrialState.WAITING, {}, {}
        trial.user_attrs, trial.intermediate_values = {}, {}
        trial.datetime_complete = trial.datetime_start = None
        return trial
    recipe, _ = order_of(trial)
    try:
        if unknown := recipe.keys() - space.fixes.keys():
            raise ValueError(f"{min(unknown)} is not in the search space")
        chosen = FixedTrial(recipe_parameters(recipe, space))
    except ValueError as error:
        raise StudyError(
            f"--extend adds fixes and values, but the new experiment lacks a recipe that trial "
            f"{trial.number} has tried ({error}): {canonical_json(recipe)}"
        ) from None
    suggest_recipe(chosen, space)
    trial.params, trial.distributions = chosen.params, chosen.distributions
    return trial
