"""Finished trainings as plain records, and how they are kept in an Optuna trial."""

from __future__ import annotations

import contextlib
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from remedy.plan import Recipe
from remedy.search.objective import objective
from remedy.training import EpochRecord, JobFailed, Outcome, Status

_RESULT = "result"
_DIVERGED = "diverged"
_CURVE = "curve"


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

    It is one attribute, and the last: every write waits for the disk, and from then on the result is whole,
    so that `close_trial` can follow at any time.
    """
    if isinstance(result, JobFailed):
        kept: dict[str, Any] = {"error": result.error, "details": result.details}
        kept |= {"status": Status.FAILED.value, "seconds": _finite_or_none(result.seconds)}
    else:
        # TPE and GP learn from a violated constraint that a region is to be left, whatever its value.
        # A process that was killed may have set it already.
        if f"constraints:{_DIVERGED}" not in trial.storage.get_trial_system_attrs(trial._trial_id):
            trial.set_constraint(_DIVERGED, float(result.status is Status.DIVERGED))
        kept = {
            "status": result.status.value,
            "skill": _finite_or_none(result.skill),
            "train_skill": _finite_or_none(result.train_skill),
            "epochs": result.epochs,
            "seconds": result.seconds,
            "step_seconds": _finite_or_none(result.step_seconds),
            "parameters": result.parameters,
        }
    trial.set_user_attr(_RESULT, kept)


def place_order(trial: optuna.Trial, recipe: Recipe, seed: int) -> None:
    """Write down in a trial what it is to train."""
    trial.set_user_attr("recipe", recipe)
    trial.set_user_attr("seed", seed)


def order_of(trial: FrozenTrial) -> tuple[Recipe, int]:
    """What a trial is to train, as `place_order` wrote it."""
    return trial.user_attrs["recipe"], trial.user_attrs["seed"]


def attach_curve(trial: optuna.Trial, curve: Sequence[EpochRecord]) -> None:
    """Let a trial carry its curve, where there is no folder that everyone sees."""
    trial.set_user_attr(_CURVE, [list(astuple(record)) for record in curve])


def attached_curve(trial: FrozenTrial) -> tuple[EpochRecord, ...] | None:
    """The curve that a trial carries, if it does."""
    rows = trial.user_attrs.get(_CURVE)
    return None if rows is None else tuple(EpochRecord(*row) for row in rows)


def has_result(trial: FrozenTrial) -> bool:
    """Whether the trial holds a whole result; one that was interrupted and given back does not."""
    return _RESULT in trial.user_attrs


def status_of(trial: FrozenTrial) -> Status | None:
    """How the training of a trial went; `None` if it holds no result."""
    return Status(trial.user_attrs[_RESULT]["status"]) if has_result(trial) else None


def close_trial(study: optuna.Study, trial: FrozenTrial) -> None:
    """Tell Optuna the result that a trial holds, unless someone has done so.

    The worker that wrote it and the run that finds it may both do so, at the same moment.
    """
    with warnings.catch_warnings(), contextlib.suppress(UpdateFinishedTrialError):
        # CMA-ES says at every trial that it does not use them; the other samplers do.
        warnings.filterwarnings("ignore", message="Constraints have been set")
        match status_of(trial):
            case Status.FAILED:
                study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)
            case Status.PRUNED:
                study.tell(trial.number, state=TrialState.PRUNED, skip_if_finished=True)
            case _:
                value = objective(_or_nan(trial.user_attrs[_RESULT]["skill"]))
                study.tell(trial.number, value, skip_if_finished=True)


def finished_records(study: optuna.Study) -> list[TrialRecord]:
    """All finished trainings of a study, in the order in which they were started."""
    trials = study.get_trials(deepcopy=False)
    return [to_record(trial) for trial in trials if has_result(trial) and trial.state.is_finished()]


def to_record(trial: FrozenTrial) -> TrialRecord:
    """Read a finished trial."""
    result: Mapping[str, Any] = trial.user_attrs[_RESULT]
    recipe, seed = order_of(trial)
    assert trial.datetime_start is not None  # noqa: S101 - finished trials have both
    assert trial.datetime_complete is not None  # noqa: S101
    return TrialRecord(
        number=trial.number,
        recipe=recipe,
        seed=seed,
        status=Status(result["status"]),
        skill=_or_nan(result.get("skill")),
        train_skill=_or_nan(result.get("train_skill")),
        epochs=result.get("epochs", 0),
        seconds=_or_nan(result.get("seconds")),
        parameters=result.get("parameters", 0),
        started=trial.datetime_start,
        finished=trial.datetime_complete,
        error=result.get("error"),
        details=result.get("details"),
        step_seconds=_or_nan(result.get("step_seconds")),
    )


def _finite_or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
