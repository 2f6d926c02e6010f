"""Worker processes: they train what they are given, and their death is nobody's end."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from sklearn.metrics import r2_score

from remedy.data import Dataset
from remedy.errors import ConfigError
from remedy.fixes import apply_recipe
from remedy.plan import KerasObject, Layer, Model, Plan
from remedy.training import (
    EpochRecord,
    EvaluateJob,
    Evaluations,
    JobFailed,
    Limits,
    Outcome,
    Predictions,
    PredictJob,
    Status,
    TrainJob,
)
from remedy.workers import WorkerPool, head_start
from remedy.workers import pool as pool_module

NEVER = 0.1


@pytest.fixture
def plan(waves: Dataset) -> Plan:
    return Plan(
        task="regression",
        metric="mse",
        model=Model(
            input_shape=waves.input_shape,
            layers=(
                Layer(name="flatten", class_name="Flatten"),
                Layer(name="dense_1", class_name="Dense", config={"units": 4, "activation": "tanh"}),
                Layer(name="output", class_name="Dense", config={"units": 1}),
            ),
        ),
        optimizer=KerasObject(class_name="Adam", config={"learning_rate": 0.01}),
        loss="mse",
        epochs=3,
        batch_size=32,
    )


def children() -> list[int]:
    """The workers of this process, which it has started or had forked."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            parent = process.parent()
            is_forked = parent is not None and "remedy.workers.template_child" in parent.cmdline()
            if is_forked or "remedy.workers.child" in process.cmdline():
                found.append(process.pid)
    return found


def all_end_soon() -> bool:
    """What is stopped before it was forked is forked all the same, and ends then."""
    time.sleep(1)
    deadline = time.monotonic() + 5
    while found := children():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return not found


def test_processes_that_were_started_ahead_do_the_first_jobs_and_end_with_the_pool(
    waves: Dataset, plan: Plan
) -> None:
    with head_start(2) as ahead:
        started = {process.pid for process in ahead.processes}
        with WorkerPool(waves, 2, ahead=ahead) as pool:
            for seed in range(2):
                pool.submit(TrainJob(plan, seed, 0.1))
            results = [pool.wait()[1] for _ in range(2)]
            assert set(children()) == started
            assert len(started) == 2
        assert all(isinstance(result, Outcome) for result in results)
        assert children() == []


def test_a_pool_ends_at_once_the_processes_that_it_has_no_use_for(waves: Dataset) -> None:
    with head_start(3) as ahead:
        assert {process.pid for process in ahead.processes} == set(children())
        assert len(children()) == 3
        with WorkerPool(waves, 1, ahead=ahead):
            assert len(children()) == 1


def test_a_process_that_was_started_ahead_for_nothing_ends_too(waves: Dataset) -> None:
    with head_start() as ahead, WorkerPool(waves, 1, ahead=ahead):
        assert [process.pid for process in ahead.processes] == children()
    assert children() == []
    with pytest.raises(ConfigError), head_start():
        raise ConfigError("the experiment is wrong")
    assert all_end_soon()


def test_two_workers_train_side_by_side_and_give_the_same_numbers(waves: Dataset, plan: Plan) -> None:
    seen: dict[int, list[int]] = {0: [], 1: []}

    def watch(index: int, record: EpochRecord) -> bool:
        seen[index].append(record.epoch)
        return True

    with WorkerPool(waves, 2) as pool:
        jobs = [
            pool.submit(TrainJob(plan, 5, NEVER), lambda record, index=index: watch(index, record))  # type: ignore[misc]
            for index in range(2)
        ]
        assert not pool.has_idle_worker
        results = dict(pool.wait() for _ in jobs)
        assert len(children()) == 2
        assert pool.has_idle_worker
        first, second = (results[job] for job in jobs)
    assert isinstance(first, Outcome)
    assert isinstance(second, Outcome)
    assert first.curve == second.curve
    assert seen == {0: [1, 2, 3], 1: [1, 2, 3]}
    assert children() == []


def test_a_job_for_later_is_done_where_a_worker_is_idle_and_keeps_its_result(
    waves: Dataset, plan: Plan
) -> None:
    with WorkerPool(waves, 2) as pool:
        later = pool.later(TrainJob(plan, 7, NEVER))
        numbers = {pool.submit(TrainJob(plan, seed, NEVER)) for seed in (1, 2)}
        assert not pool.has_idle_worker
        numbers.add(pool.wait()[0])
        third = pool.submit(TrainJob(plan, 3, NEVER))
        ended = {pool.wait()[0], pool.wait()[0]}
        assert ended | numbers == numbers | {third}
        outcome = pool.result(later)
        pool.submit(TrainJob(plan, 7, NEVER))
        expected = pool.wait()[1]
    assert isinstance(outcome, Outcome)
    assert isinstance(expected, Outcome)
    assert outcome.curve == expected.curve


def test_a_single_worker_does_a_job_for_later_when_its_result_is_asked_for(
    waves: Dataset, plan: Plan
) -> None:
    with WorkerPool(waves, 1) as pool:
        later = pool.later(TrainJob(plan, 7, NEVER))
        first = pool.submit(TrainJob(plan, 1, NEVER))
        assert pool.wait()[0] == first
        assert pool.has_idle_worker
        assert isinstance(pool.result(later), Outcome)
        pool.later(TrainJob(plan, 8, NEVER))
        pool.drop_queued()
        pool.begin_queued()
        assert pool.has_idle_worker


def test_a_saved_model_predicts_the_test_split_in_the_targets_units(
    waves: Dataset, plan: Plan, tmp_path: Path
) -> None:
    plan = apply_recipe(plan, {"scaling": "standard", "target_scaling": "standard"})
    path = tmp_path / "model.keras"
    with WorkerPool(waves, 1) as pool:
        pool.submit(TrainJob(plan, 1, NEVER, path))
        pool.wait()
        pool.submit(PredictJob(plan, path))
        _, predicted = pool.wait()
        pool.submit(EvaluateJob(plan, path))
        _, evaluated = pool.wait()
    assert isinstance(predicted, Predictions)
    assert isinstance(evaluated, Evaluations)
    assert predicted.values.shape == waves.test.y.shape
    assert r2_score(waves.test.y, predicted.values) == pytest.approx(evaluated.test.skill)


def test_a_worker_serves_job_after_job_and_evaluates_what_it_saved(
    waves: Dataset, plan: Plan, tmp_path: Path
) -> None:
    plan = apply_recipe(plan, {"scaling": "standard", "target_scaling": "standard"})
    path = tmp_path / "model.keras"
    with WorkerPool(waves, 1) as pool:
        pool.submit(TrainJob(plan, 1, NEVER, path))
        _, outcome = pool.wait()
        before = children()
        pool.submit(EvaluateJob(plan, path))
        _, evaluations = pool.wait()
        pool.submit(TrainJob(plan, 1, NEVER), lambda _: False)
        _, pruned = pool.wait()
        assert children() == before
    assert isinstance(outcome, Outcome)
    assert isinstance(evaluations, Evaluations)
    assert isinstance(pruned, Outcome)
    assert evaluations.validation.skill == pytest.approx(outcome.skill, rel=1e-4)
    assert math.isfinite(evaluations.test.skill)
    assert (pruned.status, pruned.epochs) == (Status.PRUNED, 1)


def test_an_exception_in_a_training_is_its_result_and_the_worker_lives_on(waves: Dataset, plan: Plan) -> None:
    broken = plan.replace(loss="no_such_loss")
    with WorkerPool(waves, 1) as pool:
        pool.submit(TrainJob(broken, 0, NEVER))
        _, failed = pool.wait()
        pool.submit(TrainJob(plan, 0, NEVER))
        _, outcome = pool.wait()
    assert isinstance(failed, JobFailed)
    assert "no_such_loss" in failed.error
    assert "Traceback" in failed.details
    assert "\n" not in failed.error
    assert isinstance(outcome, Outcome)


def kill_workers() -> None:
    for child in children():
        os.kill(child, signal.SIGKILL)


def test_a_job_whose_worker_is_killed_once_is_done_by_the_next(waves: Dataset, plan: Plan) -> None:
    epochs: list[int] = []

    def kill_once(record: EpochRecord) -> bool:
        epochs.append(record.epoch)
        if epochs == [1, 2]:
            kill_workers()
        return True

    with WorkerPool(waves, 1) as pool:
        pool.submit(TrainJob(plan, 0, NEVER), kill_once)
        _, outcome = pool.wait()
    assert isinstance(outcome, Outcome)
    assert epochs == [1, 2, 1, 2, 3]


def test_a_job_that_kills_every_worker_fails_and_says_how(waves: Dataset, plan: Plan) -> None:
    def kill_always(_: EpochRecord) -> bool:
        kill_workers()
        return True

    with WorkerPool(waves, 1) as pool:
        pool.submit(TrainJob(plan, 0, NEVER), kill_always)
        _, failed = pool.wait()
        assert isinstance(failed, JobFailed)
        assert failed.error == "the worker process ended unexpectedly (signal 9)"
        pool.submit(TrainJob(plan, 0, NEVER))
        assert isinstance(pool.wait()[1], Outcome)


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(seconds=8), "stopped: it was not over after 8 s (search.trial_timeout)"),
        (Limits(memory=1 << 20), "MiB of memory, more than 1 MiB (search.trial_memory)"),
    ],
    ids=["time", "memory"],
)
def test_a_training_that_takes_more_than_it_may_fails_and_the_next_one_does_not(
    waves: Dataset, plan: Plan, limits: Limits, reason: str
) -> None:
    with WorkerPool(waves, 1) as pool:
        pool.submit(TrainJob(plan.replace(epochs=1_000_000), 0, NEVER, limits=limits))
        _, failed = pool.wait()
        assert isinstance(failed, JobFailed)
        assert failed.error.endswith(reason)
        assert children() == []
        pool.submit(TrainJob(plan, 0, NEVER, limits=Limits(seconds=600, memory=1 << 40)))
        assert isinstance(pool.wait()[1], Outcome)


def test_a_worker_that_died_while_idle_is_replaced(waves: Dataset, plan: Plan) -> None:
    with WorkerPool(waves, 1) as pool:
        pool.submit(TrainJob(plan, 0, NEVER))
        pool.wait()
        kill_workers()
        time.sleep(0.2)
        pool.submit(TrainJob(plan, 0, NEVER))
        assert isinstance(pool.wait()[1], Outcome)


def test_a_worker_whose_memory_has_grown_is_replaced(
    waves: Dataset, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "MEMORY_GROWTH_LIMIT", -1)
    with WorkerPool(waves, 1) as pool:
        pids = []
        for _ in range(2):
            pool.submit(TrainJob(plan, 0, NEVER), lambda _: pids.extend(children()) or True)  # type: ignore[func-returns-value]
            assert isinstance(pool.wait()[1], Outcome)
    assert len(set(pids)) == 2


def test_a_worker_ends_when_its_parent_is_gone(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import os\n"
        "from remedy.workers.process import WorkerProcess\n"
        "worker = WorkerProcess()\n"
        "print(worker.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    run = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    pid = int(run.stdout)
    deadline = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(f"/proc/{pid}").exists()
