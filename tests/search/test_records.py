"""What a study keeps of a training, and who may write it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import optuna
import pytest
from optuna.trial import FrozenTrial, TrialState

from remedy.search.records import close_trial, finished_records, place_order, write_result
from remedy.search.storage import open_study
from remedy.storage import open_journal
from remedy.training import JobFailed, Outcome, Status

OUTCOME = Outcome(Status.LEARNING, 0.8, 0.9, 12.5, 96, ())


class CloserBetween(optuna.samplers.RandomSampler):  # type: ignore[misc]
    """Is asked by Optuna after it has seen that the trial runs, and before it ends it: here another does."""

    def __init__(self, other: optuna.Study) -> None:
        super().__init__()
        self._other = other
        self.was_asked = False

    def after_trial(
        self, study: optuna.Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        self.was_asked = True
        close_trial(self._other, self._other.trials[trial.number])


@pytest.mark.parametrize(
    ("result", "state"),
    [(OUTCOME, TrialState.COMPLETE), (JobFailed("no memory", ""), TrialState.FAIL)],
    ids=["learning", "failed"],
)
def test_a_worker_and_the_run_may_close_a_trial_at_the_same_moment(
    tmp_path: Path, result: Outcome | JobFailed, state: TrialState
) -> None:
    of_the_run, of_the_worker = (
        open_study(open_journal(tmp_path / "study.journal"), "search") for _ in range(2)
    )
    trial = of_the_run.ask()
    place_order(trial, {"clipnorm": 1.0}, seed=3)
    write_result(trial, result)
    between = of_the_run.sampler = CloserBetween(of_the_worker)
    close_trial(of_the_run, of_the_run.trials[0])
    assert between.was_asked
    for study in (of_the_run, of_the_worker):
        assert [one.state for one in study.trials] == [state]
        assert [(one.recipe, one.seed) for one in finished_records(study)] == [({"clipnorm": 1.0}, 3)]
