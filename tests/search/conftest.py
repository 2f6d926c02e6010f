from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from remedy.config import FixSetting
from remedy.fixes import parse_space
from remedy.plan import KerasObject, Layer, Model, Plan, Recipe
from remedy.search import SearchSpace, TrialRecord, build_search_space
from remedy.training import EpochRecord, Job, JobFailed, JobResult, Outcome, Status, TrainJob


@pytest.fixture
def baseline() -> Plan:
    return Plan(
        task="regression",
        metric="mse",
        model=Model(
            input_shape=(12, 1),
            layers=(
                Layer(name="lstm_1", class_name="LSTM", config={"units": 8, "return_sequences": True}),
                Layer(name="lstm_2", class_name="LSTM", config={"units": 8}),
                Layer(name="output", class_name="Dense", config={"units": 1}),
            ),
        ),
        optimizer=KerasObject(class_name="Adam", config={"learning_rate": 0.001}),
        loss="mse",
        epochs=20,
        batch_size=32,
    )


@pytest.fixture
def make_space(baseline: Plan) -> Callable[..., SearchSpace]:
    def make(required: tuple[str, ...] = (), **fixes: Any) -> SearchSpace:
        settings = {
            name: FixSetting(None if value is True else parse_space(value), name in required)
            for name, value in fixes.items()
        }
        return build_search_space(settings, baseline)

    return make


class StandIn:
    """Trains nothing: the skill of a training follows from its plan and seed by a formula.

    The engine under test is the real one; a thousand real trainings would only make it slow.
    """

    def __init__(self, skill: Callable[[Plan, int], float], epochs: int = 20) -> None:
        self.skill = skill
        self.epochs = epochs
        self.kill_in: int | None = None
        self.fail: str | None = None
        self.fault = False
        self.trained: list[tuple[Plan, int]] = []
        self._waiting: list[tuple[int, TrainJob, Callable[[EpochRecord], bool]]] = []

    @property
    def size(self) -> int:
        return 1

    @property
    def has_idle_worker(self) -> bool:
        return not self._waiting

    def submit(self, job: Job, on_epoch: Callable[[EpochRecord], bool]) -> int:
        assert isinstance(job, TrainJob)
        self.trained.append((job.plan, job.seed))
        self._waiting.append((len(self.trained), job, on_epoch))
        return len(self.trained)

    def wait_for(self, seconds: float) -> tuple[int, JobResult] | None:
        job_id, job, on_epoch = self._waiting.pop()
        if self.fail:
            return job_id, JobFailed(self.fail, "details", is_fault=self.fault)
        final = self.skill(job.plan, job.seed)
        curve = []
        status = Status.LEARNING if final >= 0.1 else Status.DIVERGED if final < -9 else Status.FLAT
        status = Status.SLOW if 0 < final < 0.1 else status
        for epoch in range(1, self.epochs + 1):
            skill = final * epoch / self.epochs
            record = EpochRecord(epoch, 1 - skill, 1 - skill, skill, skill, 1e-3, 1.0)
            curve.append(record)
            if self.kill_in == job_id - 1 and epoch == 3:
                raise KeyboardInterrupt
            if not on_epoch(record):
                status = Status.PRUNED
                break
        return job_id, Outcome(status, curve[-1].val_skill, curve[-1].skill, 0.01, 100, tuple(curve))


class Watch:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.finished: list[TrialRecord] = []

    def trial_started(self, study: str, number: int, recipe: Recipe) -> None:
        pass

    def epoch_finished(self, study: str, number: int, record: EpochRecord) -> None:
        pass

    def trial_finished(self, study: str, record: TrialRecord) -> None:
        self.finished.append(record)


def make_record(number: int = 0, **changes: Any) -> TrialRecord:
    start = datetime(2026, 1, 1) + timedelta(minutes=number)
    fields: Mapping[str, Any] = {
        "number": number,
        "recipe": {},
        "seed": 0,
        "status": Status.LEARNING,
        "skill": 0.5,
        "train_skill": 0.6,
        "epochs": 20,
        "seconds": 1.0,
        "parameters": 100,
        "started": start,
        "finished": start + timedelta(seconds=1),
    }
    return TrialRecord(**{**fields, **changes})
