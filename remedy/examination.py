"""The way to a diagnosis: a worker measures the baseline's first batches while the data are looked at."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from remedy.diagnosis import (
    ADAPTIVE,
    Case,
    Diagnosis,
    Learnability,
    adaptive_rate,
    better_rate,
    describe_data,
    diagnose,
    needs_adaptive_rates,
    probe_learnability,
)
from remedy.errors import StudyError, TrainingError
from remedy.fixes import apply_recipe
from remedy.plan import Plan, Recipe
from remedy.preparation import Prepared
from remedy.search import fitted
from remedy.training import JobFailed, Measurements, ProbeJob, RangeTestJob
from remedy.training.measurements import RangeTest
from remedy.workers import WorkerPool

_SAME_STEPS = frozenset({"learning_rate", "epochs"})
"""Fixes that leave what a step sees as it was, so that it need not be measured anew."""


@dataclass(frozen=True)
class Measuring:
    """A training, being measured.

    Attributes:
        pool: measures.
        job: its number there.
    """

    pool: WorkerPool
    job: int

    def result(self) -> Measurements:
        """Wait for what the first batches show; no job that was submitted to the pool is under way.

        Raises:
            TrainingError: the first batches cannot be trained on as `fit` does, or not at all.
            StudyError: the machine is at fault.
        """
        result = self._answer()
        assert isinstance(result, Measurements)  # noqa: S101 - the answer to a ProbeJob
        return result

    def rates(self) -> RangeTest:
        """Wait for a range test alone; as for `result`."""
        result = self._answer()
        assert isinstance(result, RangeTest)  # noqa: S101 - the answer to a RangeTestJob
        return result

    def _answer(self) -> object:
        result = self.pool.result(self.job)
        if isinstance(result, JobFailed) and result.is_fault:
            raise StudyError(result.error, result.details)
        if isinstance(result, JobFailed):
            raise TrainingError(f"the first batches cannot be measured: {result.error}", result.details)
        return result


def measure(
    prepared: Prepared, pool: WorkerPool, plan: Plan | None = None
) -> contextlib.AbstractContextManager[Measuring]:
    """Have the first batches of a training measured, unless the context ends before that begins.

    It begins at once if there are several workers, else when the only one has nothing else to do.

    Args:
        prepared: the experiment.
        pool: measures if it trains with TensorFlow; else a worker of its own does.
        plan: of the training; without it, the baseline.
    """
    return _begun(ProbeJob(plan or prepared.baseline, prepared.experiment.search.seed), prepared, pool)


@contextlib.contextmanager
def _begun(job: ProbeJob | RangeTestJob, prepared: Prepared, pool: WorkerPool) -> Iterator[Measuring]:
    if pool.backend != "tensorflow":
        with WorkerPool(prepared.dataset, 1, backend="tensorflow") as own:
            measuring = Measuring(own, own.later(job))
            if pool.size > 1:
                own.begin_queued()
            yield measuring
        return
    measuring = Measuring(pool, pool.later(job))
    if pool.size > 1:
        pool.begin_queued()
    try:
        yield measuring
    finally:
        pool.drop_queued()


def examine(
    prepared: Prepared,
    pool: WorkerPool,
    *,
    learnability: Learnability | None = None,
    known_stuck: bool | None = None,
    measuring: Measuring | None = None,
    look_again: bool = False,
) -> Diagnosis:
    """Find out what keeps a baseline from learning.

    Args:
        prepared: the experiment.
        pool: has an idle worker, and none that is busy with anything but the measuring.
        learnability: what simple models learn, if that is known already.
        known_stuck: whether whole trainings of the baseline are stuck, if there were any.
        measuring: of this experiment, if that has begun.
        look_again: look a second time, with the causes treated, for learning rate and optimizer, as a rate
            that fits raw data, say, does not fit scaled ones.

    Raises:
        TrainingError: the baseline's first batches cannot be trained on as `fit` does, or not at all.
    """
    with contextlib.nullcontext(measuring) if measuring else measure(prepared, pool) as under_way:
        under_way.pool.begin_queued()
        data = describe_data(prepared.dataset, prepared.baseline)
        if learnability is None:
            learnability = probe_learnability(prepared.dataset, prepared.baseline)
        measured = under_way.result()
    diagnosis = diagnose(Case(prepared.baseline, data, measured, learnability, known_stuck))
    if not look_again or not diagnosis.findings:
        return diagnosis
    try:
        return replace(diagnosis, second_look=_second_look(prepared, pool, diagnosis))
    except TrainingError:  # what the search would try first cannot be trained; it will say so
        return diagnosis


def _second_look(prepared: Prepared, pool: WorkerPool, diagnosis: Diagnosis) -> Recipe:
    """The causes treated, with steps that suit what is left; empty if those in use do, or nobody knows."""
    causes = fitted(prepared.space, prepared.baseline, diagnosis.causes) or {}
    plan = apply_recipe(prepared.baseline, causes)
    first = diagnosis.measured if causes.keys() <= _SAME_STEPS else None
    test = first.range_test if first else _rates(prepared, pool, plan)
    if test is None:
        return {}
    if needs_adaptive_rates(plan, test, first.one_batch if first else None):
        adaptive = fitted(prepared.space, prepared.baseline, causes | ADAPTIVE) or {}
        if "optimizer" in adaptive:
            plan = apply_recipe(prepared.baseline, adaptive)
            return adaptive | adaptive_rate(plan, _rates(prepared, pool, plan))
    better = better_rate(plan, test)
    return causes | better if better else {}


def _rates(prepared: Prepared, pool: WorkerPool, plan: Plan) -> RangeTest:
    with _begun(RangeTestJob(plan, prepared.experiment.search.seed), prepared, pool) as under_way:
        return under_way.rates()
