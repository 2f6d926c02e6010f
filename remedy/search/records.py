"""Finished trainings as plain records, and how they are kept in an Optuna trial."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from remedy.plan import Recipe
from remedy.search.objective import objective
from remedy.training import JobFailed, Outcome, Status


@dataclass(frozen=True)
class TrialRecord:
    """One finished training of a study.

    Attributes:
        number: Optuna's trial number.
        skill: validation skill at the end, NaN if the training diverged or failed.
        seconds: wall time of the training.
        step_seconds: of it in training and validation steps; NaN where it is not known.
        parameters: number of trainable weights, 0 if the training failed.
        error: what went wrong, if it failed.
        details: traceback or the worker's last output, if it failed.
    """

    number: int
    recipe: Recipe
    seed: int
    status: Status
    skill: float
    train_skill: float
    epochs: int
    seconds: float
    parameters: int
    started: datetime
    finished: datetime
    error: str | None = None
    details: str | None = None
    step_seconds: float = math.nan


def write_result(trial: optuna.Trial, result: Outcome | JobFailed) -> None:
    """Keep the result of a training in its trial; curves are kept in files, because journals grow slow.

    The status is written last: from then on the result is whole, and `close_trial` can follow at any time.
    """
    if isinstance(result, JobFailed):
        trial.set_user_attr("error", result.error)
        trial.set_user_attr("details", result.details)
        trial.set_user_attr("status", Status.FAILED.value)
        return
    # TPE and GP learn from a violated constraint that a region is to be left, whatever its value.
    trial.set_constraint("diverged", float(result.status is Status.DIVERGED))
    trial.set_user_attr("skill", _finite_or_none(result.skill))
    trial.set_user_attr("train_skill", _finite_or_none(result.train_skill))
    trial.set_user_attr("epochs", result.epochs)
    trial.set_user_attr("seconds", result.seconds)
    trial.set_user_attr("step_seconds", _finite_or_none(result.step_seconds))
    trial.set_user_attr("parameters", result.parameters)
    trial.set_user_attr("status", result.status.value)


def has_result(trial: FrozenTrial) -> bool:
    """Whether the trial holds a whole result; one that was interrupted and given back does not."""
    return "status" in trial.user_attrs


def close_trial(study: optuna.Study, trial: FrozenTrial) -> None:
    """Tell Optuna the result that a running trial holds."""
    with warnings.catch_warnings():
        # CMA-ES says at every trial that it does not use them; the other samplers do.
        warnings.filterwarnings("ignore", message="Constraints have been set")
        match Status(trial.user_attrs["status"]):
            case Status.FAILED:
                study.tell(trial.number, state=TrialState.FAIL)
            case Status.PRUNED:
                study.tell(trial.number, state=TrialState.PRUNED)
            case _:
                study.tell(trial.number, objective(_or_nan(trial.user_attrs["skill"])))


def finished_records(study: optuna.Study) -> list[TrialRecord]:
    """All finished trainings of a study, in the order in which they were started."""
    trials = study.get_trials(deepcopy=False)
    return [to_record(trial) for trial in trials if has_result(trial) and trial.state.is_finished()]


def to_record(trial: FrozenTrial) -> TrialRecord:
    """Read a finished trial."""
    attributes: Mapping[str, Any] = trial.user_attrs
    assert trial.datetime_start is not None  # noqa: S101 - finished trials have both
    assert trial.datetime_complete is not None  # noqa: S101
    return TrialRecord(
        number=trial.number,
        recipe=attributes["recipe"],
        seed=attributes["seed"],
        status=Status(attributes["status"]),
        skill=_or_nan(attributes.get("skill")),
        train_skill=_or_nan(attributes.get("train_skill")),
        epochs=attributes.get("epochs", 0),
        seconds=attributes.get("seconds", math.nan),
        parameters=attributes.get("parameters", 0),
        started=trial.datetime_start,
        finished=trial.datetime_complete,
        error=attributes.get("error"),
        details=attributes.get("details"),
        step_seconds=_or_nan(attributes.get("step_seconds")),
    )


def _finite_or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
