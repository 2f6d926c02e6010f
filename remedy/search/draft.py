"""A trial that is put together in memory and then written at once.

Optuna writes every parameter of a trial by itself, and samplers read all trials for each. In a database that
is dozens of round trips, and as many moments at which a process that ends leaves half a trial.
"""

from __future__ import annotations

import copy
import datetime
from collections.abc import Callable, Container, Sequence
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

_DRAFT = -1


def draft_trial(study: optuna.Study, trials: Sequence[FrozenTrial]) -> optuna.Trial:
    """A new trial of a study that nobody else sees before `write_draft`.

    Args:
        study: with its sampler.
        trials: all it has, in the order of their numbers; none of them waits.
    """
    storage = _DraftStorage(study, trials)
    return optuna.Study(study.study_name, storage, sampler=study.sampler, pruner=study.pruner).ask()


def is_draft(trial: optuna.Trial) -> bool:
    """Whether a trial is still to be written."""
    return isinstance(trial.storage, _DraftStorage)


def write_draft(study: optuna.Study, trial: optuna.Trial) -> optuna.Trial:
    """Write a trial that `draft_trial` made, all of it or nothing; the study's trial from now on."""
    template = trial.storage.get_trial(_DRAFT)
    return optuna.Trial(study, study._storage.create_new_trial(study._study_id, template_trial=template))


def _passed_on(method: str) -> Callable[..., Any]:
    def call(self: _DraftStorage, *arguments: Any, **named: Any) -> Any:
        return getattr(self.study._storage, method)(*arguments, **named)

    return call


def _refused(*_: Any, **__: Any) -> None:
    raise NotImplementedError("all that can be done here is to draft one trial")


class _DraftStorage(BaseStorage):  # type: ignore[misc]
    """A storage as it was at one moment, and one trial more.

    What samplers keep in attributes of the study goes to its own storage.
    """

    def __init__(self, study: optuna.Study, trials: Sequence[FrozenTrial]) -> None:
        self.study = study
        self._trials = list(trials)

    def create_new_trial(self, _: int, template_trial: FrozenTrial | None = None) -> int:
        if template_trial is not None or any(trial._trial_id == _DRAFT for trial in self._trials):
            _refused()
        self._trials.append(
            FrozenTrial(
                trial_id=_DRAFT,
                number=len(self._trials),
                state=TrialState.RUNNING,
                value=None,
                datetime_start=datetime.datetime.now(),
                datetime_complete=None,
                params={},
                distributions={},
                user_attrs={},
                system_attrs={},
                intermediate_values={},
            )
        )
        return _DRAFT

    def set_trial_param(
        self,
        trial_id: int,
        param_name: str,
        param_value_internal: float,
        distribution: BaseDistribution,
    ) -> None:
        trial = self._draft(trial_id)
        trial.distributions = trial.distributions | {param_name: distribution}
        trial.params = trial.params | {param_name: distribution.to_external_repr(param_value_internal)}

    def set_trial_user_attr(self, trial_id: int, key: str, value: Any) -> None:
        trial = self._draft(trial_id)
        trial.user_attrs = trial.user_attrs | {key: value}

    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
        trial = self._draft(trial_id)
        trial.system_attrs = trial.system_attrs | {key: value}

    def get_trial(self, trial_id: int) -> FrozenTrial:
        return next(trial for trial in reversed(self._trials) if trial._trial_id == trial_id)

    def get_all_trials(
        self, _: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        trials = [trial for trial in self._trials if states is None or trial.state in states]
        return copy.deepcopy(trials) if deepcopy else trials

    def get_study_id_from_name(self, _: str) -> int:
        return int(self.study._study_id)

    def get_study_directions(self, _: int) -> list[StudyDirection]:
        return list(self.study.directions)

    get_study_name_from_id = _passed_on("get_study_name_from_id")
    get_study_user_attrs = _passed_on("get_study_user_attrs")
    get_study_system_attrs = _passed_on("get_study_system_attrs")
    set_study_user_attr = _passed_on("set_study_user_attr")
    set_study_system_attr = _passed_on("set_study_system_attr")
    get_all_studies = _passed_on("get_all_studies")

    create_new_study = _refused
    delete_study = _refused
    set_trial_state_values = _refused
    set_trial_intermediate_value = _refused

    def _draft(self, trial_id: int) -> FrozenTrial:
        if trial_id != _DRAFT:
            _refused()
        return self._trials[-1]
