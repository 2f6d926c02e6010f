"""The way to a diagnosis: a worker measures the baseline's first batches while the data are looked at."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from remedy.diagnosis import (
    Case,
    Diagnosis,
    Learnability,
    describe_data,
    diagnose,
    probe_learnability,
    what_is_left,
)
from remedy.errors import StudyError, TrainingError
from remedy.fixes import apply_recipe
from remedy.plan import Plan, Recipe
from remedy.preparation import Prepared
from remedy.search import fitted
from remedy.training import JobFailed, Measurements, ProbeJob
from remedy.workers import WorkerPool


@dataclass(frozen=True)
class Measuring:
    """The first batches of a training, being measured.

    Attributes:
        pool: measures.
        job: its number there.
    """

    pool: WorkerPool
    job: int

    def result(self) -> Measurements:
        """Wait for what was measured; no job that was submitted to the pool is under way.

        Raises:
            TrainingError: the first batches cannot be trained on as `fit` does, or not at all.
            StudyError: the machine is at fault.
        """
        result = self.pool.result(self.job)
        if isinstance(result, JobFailed) and result.is_fault:
            raise StudyError(result.error, result.details)
        if isinstance(result, JobFailed):
            raise TrainingError(f"the first batches cannot be measured: {result.error}", result.details)
        assert isinstance(result, Measurements)  # noqa: S101 - the answer to a ProbeJob
        return result


@contextlib.contextmanager
def measure(prepared: Prepared, pool: WorkerPool, plan: Plan | None = None) -> Iterator[Measuring]:
    """Have the first batches of a training measured, unless the context ends before that begins.

    It begins at once if there are several workers, else when the only one has nothing else to do.

    Args:
        prepared: the experiment.
        pool: measures if it trains with TensorFlow; else a worker of its own does.
        plan: of the training; without it, the baseline.
    """
    job = ProbeJob(plan or prepared.baseline, prepared.experiment.search.seed)
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
        look_again: look at the training a second time with the causes treated: what they hide, such as a rate
            that does not fit once the data are scaled, shows only then.

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
    if not look_again or not diagnosis.treatments:
        return diagnosis
    return replace(diagnosis, second_look=_second_look(prepared, pool, diagnosis.treatments[0], learnability))


def _second_look(prepared: Prepared, pool: WorkerPool, causes: Recipe, learnability: Learnability) -> Recipe:
    """The causes treated together with what is wrong once they are; empty if nothing can be told."""
    treated = fitted(prepared.space, prepared.baseline, causes)
    if treated is None:
        return {}
    plan = apply_recipe(prepared.baseline, treated)
    try:
        with measure(prepared, pool, plan) as under_way:
            measured = under_way.result()
    except TrainingError:
        return {}
    left = what_is_left(Case(plan, describe_data(prepared.dataset, plan), measured, learnability))
    return treated | left if left else {}
