"""The trials of a search with their seconds, and what was at hand after so many of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from remedy.plan import Recipe
from remedy.search import TrialRecord
from remedy.training import Status


@dataclass(frozen=True)
class Trial:
    """One training of a search.

    Attributes:
        skill: on the validation split; NaN if the training diverged or failed.
        seconds: of training; 0 if it failed before it began.
    """

    recipe: Recipe
    seed: int
    status: Status
    skill: float
    seconds: float


def trials_of(records: Iterable[TrialRecord]) -> list[Trial]:
    """The finished trials of a study, in the order in which they ended; studies have them as they started."""
    return [
        Trial(record.recipe, record.seed, record.status, record.skill, known(record.seconds))
        for record in sorted(records, key=lambda record: record.finished)
    ]


def known(seconds: float) -> float:
    """The seconds of a training, 0 for one that never began."""
    return seconds if math.isfinite(seconds) else 0.0


def seconds_of(trials: Iterable[Trial]) -> float:
    """The seconds of training in trials."""
    return sum(trial.seconds for trial in trials)


def ended_within(trials: Sequence[Trial], seconds: float, before: float = 0.0) -> list[Trial]:
    """The trials that were over by then.

    Args:
        trials: in the order in which they ended.
        seconds: of all workers together, counted from the beginning of the search.
        before: of them that passed before the first trial.
    """
    ended = []
    for trial in trials:
        before += trial.seconds
        if before > seconds:
            break
        ended.append(trial)
    return ended


def best(trials: Iterable[Trial], baseline_skill: float) -> Trial | None:
    """The trial with the highest validation skill.

    Args:
        trials: those that were stopped early, diverged or failed do not count.
        baseline_skill: on the validation split, NaN if it diverges.

    Returns:
        `None` if the baseline itself is as good.
    """
    ended = [trial for trial in trials if trial.status is not Status.PRUNED and math.isfinite(trial.skill)]
    found = max(ended, key=lambda trial: trial.skill, default=None)
    return None if found is None or found.skill <= baseline_skill else found
